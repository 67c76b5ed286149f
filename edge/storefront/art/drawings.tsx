import type { FC } from 'hono/jsx';

/*
 * Flat drawings on a 400 by 400 canvas, lit from the left. `currentColor` is the product's colour; the classes `shade`,
 * `deep`, `light` and `mark` are black, black, white and the shop's accent at the strengths that shop.css gives them.
 */

const Ground: FC<{ width: number }> = ({ width }) => (
  <ellipse class="ground" cx="200" cy="352" rx={width} ry="10" />
);

const Tee: FC = () => (
  <>
    <path
      fill="currentColor"
      d="M146 72c18 22 90 22 108 0l54 20c7 3 12 7 16 14l36 66c3 5 1 10-4 13l-42 22c-5 3-9 1-12-3l-6-10v138c0 9-5 14-14 14H118c-9 0-14-5-14-14V194l-6 10c-3 4-7 6-12 3l-42-22c-5-3-7-8-4-13l36-66c4-7 9-11 16-14z"
    />
    <path
      class="shade"
      d="M254 72l54 20c7 3 12 7 16 14l36 66c3 5 1 10-4 13l-42 22c-5 3-9 1-12-3l-6-10v138c0 9-5 14-14 14h-34c22-70 26-170 6-274z"
    />
    <path
      class="shade"
      d="M296 194c-2-18-2-34 1-50 4 18 6 36 11 57zM104 194c2-18 2-34-1-50-4 18-6 36-11 57z"
    />
    <path class="deep" d="M146 72c18 22 90 22 108 0l8 3c-16 36-108 36-124 0z" />
    <circle class="mark" cx="200" cy="196" r="30" />
    <path class="light" d="M164 210c24-12 48 12 72 0v8c-24 12-48-12-72 0z" />
  </>
);

const Hoodie: FC = () => (
  <>
    <path
      fill="currentColor"
      d="M150 92c-6-44 106-44 100 0l50 20c10 4 15 11 18 21l34 146c1 6-1 9-6 10l-36 8c-5 1-8-1-10-6l-12-43v90c0 8-4 12-12 12H124c-8 0-12-4-12-12v-90l-12 43c-2 5-5 7-10 6l-36-8c-5-1-7-4-6-10l34-146c3-10 8-17 18-21z"
    />
    <path
      class="shade"
      d="M250 92l50 20c10 4 15 11 18 21l34 146c1 6-1 9-6 10l-36 8c-5 1-8-1-10-6l-12-43v90c0 8-4 12-12 12h-36c24-80 30-170 10-258z"
    />
    <path class="deep" d="M158 96c4-32 80-32 84 0-6 40-78 40-84 0z" />
    <path class="shade" d="M152 262h96l14 52H138z" />
    <path class="light" d="M176 120h4v54h-4zM220 120h4v44h-4z" />
    <circle class="mark" cx="200" cy="212" r="20" />
  </>
);

const Mug: FC = () => (
  <>
    <Ground width={120} />
    <path
      fill="none"
      stroke="currentColor"
      stroke-width="24"
      d="M282 160h24c26 0 40 18 40 46s-18 52-64 56"
    />
    <path class="shade-line" d="M282 166h24c24 0 36 16 36 40" />
    <path fill="currentColor" d="M86 108h204v190c0 32-20 52-52 52H138c-32 0-52-20-52-52z" />
    <path class="shade" d="M232 108h58v190c0 32-20 52-52 52h-34c22-20 28-40 28-72z" />
    <ellipse fill="currentColor" cx="188" cy="108" rx="102" ry="20" />
    <ellipse class="deep" cx="188" cy="108" rx="90" ry="14" />
    <path class="mark" d="M86 216h204v34H86z" />
    <path class="shade" d="M232 216h58v34h-58z" />
    <path class="light" d="M108 140h10v56h-10z" />
  </>
);

const Bag: FC = () => (
  <>
    <Ground width={128} />
    <path fill="none" stroke="currentColor" stroke-width="16" d="M146 160c0-130 108-130 108 0" />
    <path class="shade-line" d="M200 64c34 0 50 32 52 70" />
    <path fill="currentColor" d="M84 140h232l18 198c1 8-4 14-12 14H78c-8 0-13-6-12-14z" />
    <path class="shade" d="M262 140h54l18 198c1 8-4 14-12 14h-66c16-70 18-140 6-212z" />
    <path class="deep" d="M84 140h232l1 12H83z" />
    <circle class="mark" cx="192" cy="248" r="44" />
    <path class="light" d="M140 262c34-18 70 18 104 0v12c-34 18-70-18-104 0z" />
    <path class="deep" d="M138 156h16v20h-16zM246 156h16v20h-16z" />
  </>
);

const Cap: FC = () => (
  <>
    <ellipse class="ground" cx="192" cy="306" rx="150" ry="10" />
    <path fill="currentColor" d="M92 262c-6-102 54-152 118-152s122 50 118 152z" />
    <path class="shade" d="M210 110c64 0 122 50 118 152h-66c6-62-8-118-52-152z" />
    <path class="shade" d="M160 118c-22 30-32 78-32 136h6c2-58 12-104 34-138z" />
    <circle fill="currentColor" cx="210" cy="107" r="9" />
    <circle class="deep" cx="210" cy="107" r="9" />
    <rect class="mark" x="152" y="176" width="84" height="46" rx="8" />
    <path
      fill="currentColor"
      d="M92 252c60-14 180-12 236 8-70 6-136 10-186 34-36 16-92 10-104-8 4-14 26-26 54-34z"
    />
    <path
      class="deep"
      d="M92 252c60-14 180-12 236 8-70 6-136 10-186 34-36 16-92 10-104-8 4-14 26-26 54-34z"
    />
  </>
);

const Bottle: FC = () => (
  <>
    <Ground width={70} />
    <path class="deep" d="M170 52h60c5 0 8 3 8 8v38h-76V60c0-5 3-8 8-8z" />
    <path
      fill="currentColor"
      d="M160 98h80c0 26 34 34 34 76v150c0 18-10 28-28 28h-92c-18 0-28-10-28-28V174c0-42 34-50 34-76z"
    />
    <path
      class="shade"
      d="M214 98h26c0 26 34 34 34 76v150c0 18-10 28-28 28h-30c18-70 22-170-2-254z"
    />
    <path class="mark" d="M126 226h148v46H126z" />
    <path class="shade" d="M224 226h50v46h-51z" />
    <path class="light" d="M144 184c2-18 8-28 16-38l8 5c-8 10-14 20-15 33z" />
  </>
);

const Lantern: FC = () => (
  <>
    <Ground width={92} />
    <path fill="none" stroke="currentColor" stroke-width="9" d="M132 150c0-116 136-116 136 0" />
    <path fill="currentColor" d="M170 84h60l10 30h-80z" />
    <path class="deep" d="M170 84h60l10 30h-80z" />
    <path fill="currentColor" d="M148 114h104l14 30H134z" />
    <path class="light" d="M142 144h116l10 120H132z" />
    <path class="mark" d="M200 164c26 34 32 50 32 64a32 32 0 0 1-64 0c0-14 6-30 32-64z" />
    <path class="light" d="M200 206c11 15 14 22 14 28a14 14 0 0 1-28 0c0-6 3-13 14-28z" />
    <path fill="currentColor" d="M138 144h10l-8 120h-10zM252 144h10l8 120h-10z" />
    <path fill="currentColor" d="M122 264h156l14 78c1 6-3 10-9 10H117c-6 0-10-4-9-10z" />
    <path class="shade" d="M226 264h52l14 78c1 6-3 10-9 10h-52c6-30 4-60-5-88z" />
    <path class="shade" d="M210 114h42l14 30h-46z" />
    <path class="deep" d="M122 264h156l2 12H120z" />
  </>
);

const Poster: FC = () => (
  <>
    <path class="ground" d="M104 62h208v286H104z" />
    <path fill="#fbfaf6" d="M92 52h208v286H92z" />
    <path fill="currentColor" d="M108 68h176v206H108z" />
    <circle class="light" cx="196" cy="164" r="50" />
    <path class="deep" d="M108 214c50-42 96 26 176-26v86H108z" />
    <path class="shade" d="M108 240c60-30 110 20 176-14v48H108z" />
    <path fill="#16171a" d="M108 292h104v9H108zM108 310h64v6h-64z" />
  </>
);

const Tent: FC = () => (
  <>
    <Ground width={170} />
    <path fill="currentColor" d="M200 84l158 258H42z" />
    <path class="shade" d="M200 84l158 258h-84z" />
    <path class="deep" d="M200 176l56 166H144z" />
    <path class="mark" d="M200 176l-56 166h36z" />
    <path class="light" d="M200 84l-8 13-8 13 16-6 16 6-8-13z" />
  </>
);

const Camera: FC = () => (
  <>
    <Ground width={150} />
    <path class="deep" d="M144 104h84l18 34H126zM280 120h38v22h-38z" />
    <rect fill="currentColor" x="58" y="134" width="284" height="208" rx="22" />
    <path class="shade" d="M58 186h284v96H58z" />
    <circle class="deep" cx="200" cy="238" r="80" />
    <circle fill="currentColor" cx="200" cy="238" r="64" />
    <circle class="deep" cx="200" cy="238" r="48" />
    <circle class="mark" cx="200" cy="238" r="22" />
    <circle class="light" cx="182" cy="220" r="12" />
    <circle class="mark" cx="308" cy="164" r="9" />
  </>
);

const Bike: FC = () => (
  <>
    <Ground width={166} />
    <g fill="none" stroke-width="13" class="dark-line">
      <circle cx="104" cy="272" r="74" />
      <circle cx="296" cy="272" r="74" />
    </g>
    <path
      fill="none"
      stroke="currentColor"
      stroke-width="14"
      stroke-linejoin="round"
      stroke-linecap="round"
      d="M104 272l50-112h110l-74 112H104M154 160l36 112M264 160l32 112M264 160l-10-36"
    />
    <path class="line" d="M254 124h40M132 144h46" />
    <circle class="mark" cx="190" cy="272" r="18" />
  </>
);

/** For a kind that has no drawing of its own. */
export const Parcel: FC = () => (
  <>
    <Ground width={140} />
    <path fill="currentColor" d="M200 92l140 62v136l-140 62-140-62V154z" />
    <path class="shade" d="M200 216l140-62v136l-140 62z" />
    <path class="light" d="M200 92l140 62-140 62-140-62z" />
    <path class="mark" d="M120 127l140 62v34l26-12v-34L146 115z" />
  </>
);

export const DRAWINGS: ReadonlyMap<string, FC> = new Map(
  Object.entries({
    tee: Tee,
    hoodie: Hoodie,
    mug: Mug,
    bag: Bag,
    cap: Cap,
    bottle: Bottle,
    lantern: Lantern,
    poster: Poster,
    tent: Tent,
    camera: Camera,
    bike: Bike,
  }),
);
