import { colourToHex } from '../colour.ts';
import { DRAWINGS, Parcel } from './drawings.tsx';

const NEUTRAL = '#8d9299';

/**
 * A product's picture, drawn from its kind and colour. The drawing takes its body colour from `color` on the svg
 * element, so that a script can show another colour by setting that one attribute.
 * @param title the picture's accessible name; without one it is decoration, which assistive technology skips
 */
export function ProductArt({
  image,
  title,
}: {
  image: { kind: string; colour: string };
  title?: string;
}) {
  const Drawing = DRAWINGS.get(image.kind) ?? Parcel;
  return (
    <svg
      class="art"
      viewBox="0 0 400 400"
      color={colourToHex(image.colour) ?? NEUTRAL}
      role={title === undefined ? undefined : 'img'}
      aria-label={title}
      aria-hidden={title === undefined ? 'true' : undefined}
    >
      <Drawing />
    </svg>
  );
}
