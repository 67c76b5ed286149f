/** When the phases of a scenario begin: for its script, and for whoever tells how far it has come. */

export type Phase = {
  readonly name: string;
  /** Seconds after the start. */
  readonly at: number;
};

export const WARM_UP_SECONDS = 5;
/** The journeys of one phase are over before the next begins. */
const GAP_SECONDS = 5;

/** @param seconds of each of the two phases. @returns seconds after the start */
export function twoShopsPlan(seconds: number): { alone: number; together: number; over: number } {
  const alone = WARM_UP_SECONDS + GAP_SECONDS;
  const together = alone + seconds + GAP_SECONDS;
  return { alone, together, over: together + seconds };
}

/** The last phase is what begins when nobody new comes; it has no end of its own. */
export function phasesOf(scenario: string, seconds: number): readonly Phase[] {
  const last = 'the last journeys';
  if (scenario !== 'two-shops')
    return [
      { name: 'under way', at: 0 },
      { name: last, at: seconds },
    ];
  const { alone, together, over } = twoShopsPlan(seconds);
  return [
    { name: 'warming up', at: 0 },
    { name: 'the quiet shop alone', at: alone },
    { name: 'the quiet shop beside the sale', at: together },
    { name: last, at: over },
  ];
}

export function phaseAt(phases: readonly Phase[], at: number): string {
  return phases.findLast((phase) => phase.at <= at)?.name ?? '';
}
