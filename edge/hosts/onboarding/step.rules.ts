/** `later` waits for an earlier step; `waiting` waits for time alone. */
export type StepState = 'done' | 'missing' | 'waiting' | 'later' | 'not_needed';

export interface Step {
  readonly id: string;
  readonly title: string;
  readonly state: StepState;
  readonly detail: string;
  /** What to do about it, a line each. */
  readonly next: readonly string[];
}

export function done(id: string, title: string, detail: string): Step {
  return { id, title, state: 'done', detail, next: [] };
}

export function notNeeded(id: string, title: string, detail: string): Step {
  return { id, title, state: 'not_needed', detail, next: [] };
}

export function later(id: string, title: string, detail: string): Step {
  return { id, title, state: 'later', detail, next: [] };
}

export function missing(id: string, title: string, detail: string, next: readonly string[]): Step {
  return { id, title, state: 'missing', detail, next };
}

export function waiting(id: string, title: string, detail: string, next: readonly string[]): Step {
  return { id, title, state: 'waiting', detail, next };
}

const MARKS: Readonly<Record<StepState, string>> = {
  done: 'done   ',
  missing: 'MISSING',
  waiting: 'waiting',
  later: 'later  ',
  not_needed: '-      ',
};

/** `done     the name is valid and free: shop.example.org`, and below a missing step what to do. */
export function stepLines(steps: readonly Step[]): string[] {
  return steps.flatMap(({ state, title, detail, next }) => [
    `${MARKS[state]}  ${title}: ${detail}`,
    ...next.map((line) => `         ${line}`),
  ]);
}
