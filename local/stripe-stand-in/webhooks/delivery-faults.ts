/** What can be made to go wrong with the delivery of events. */
export const DELIVERY_FAULT_KINDS = [
  /** Sent `copies` times more, the same Event each time. */
  'duplicate',
  /** One change, two Events with ids of their own. */
  'twin',
  /** Begins `delayMs` late, and is overtaken meanwhile. */
  'delay',
  /** Begins a random time of up to `delayMs` late. */
  'reorder',
  /** Held back until the control API lets it go. */
  'late',
  /** Never sent; `events.list` has it. */
  'missing',
  /** The first attempt is signed with another secret; its retries are right. */
  'wrong_signature',
] as const;

export type DeliveryFaultKind = (typeof DELIVERY_FAULT_KINDS)[number];

export interface DeliveryFault {
  readonly fault: DeliveryFaultKind;
  /** Event types it is for, or families of them: `charge.*`; empty for every one. */
  readonly types: readonly string[];
  readonly delayMs: number;
  readonly copies: number;
  /** Of 1: how likely it is for each event of those types. */
  readonly probability: number;
  /** What its chance begins with: the same seed and the same events have the same faults. */
  readonly seed: number;
  /** Events it still applies to; null: every one until the faults are cleared. */
  readonly remaining: number | null;
}

/** How one delivery to one endpoint goes. */
export interface DeliveryPlan {
  readonly delayMs: number;
  readonly outOfLane: boolean;
  readonly forgedFirst: boolean;
  readonly state: 'pending' | 'late' | 'missing';
}

/** How an event is delivered: `copies` to each endpoint, and whether it has a twin. */
export interface EventPlan {
  readonly twin: boolean;
  /** The plans of the event's deliveries to one endpoint; a new one for each endpoint. */
  deliveries(): DeliveryPlan[];
}

export interface DeliveryFaults {
  add(fault: DeliveryFault): void;
  clear(): void;
  list(): readonly DeliveryFault[];
  /** What the faults do to an event of this type; counts as one of the times of each that applies. */
  plan(type: string): EventPlan;
}

interface Kept {
  fault: DeliveryFault;
  readonly chance: () => number;
}

const UNTOUCHED: DeliveryPlan = {
  delayMs: 0,
  outOfLane: false,
  forgedFirst: false,
  state: 'pending',
};

/** In memory, as the API's faults are; what they did to an event is kept with its deliveries. */
export function createDeliveryFaults(): DeliveryFaults {
  let kept: Kept[] = [];
  return {
    add: (fault) => {
      kept = [...kept, { fault, chance: seededChance(fault.seed) }];
    },
    clear: () => {
      kept = [];
    },
    list: () => kept.map(({ fault }) => fault),
    plan(type) {
      const applying = kept.filter(
        ({ fault, chance }) => isFor(fault, type) && chance() < fault.probability,
      );
      for (const one of applying) {
        const { remaining } = one.fault;
        if (remaining !== null) one.fault = { ...one.fault, remaining: remaining - 1 };
      }
      kept = kept.filter(({ fault }) => fault.remaining !== 0);
      return planOf(applying);
    },
  };
}

function planOf(applying: readonly Kept[]): EventPlan {
  const has = (kind: DeliveryFaultKind): boolean =>
    applying.some(({ fault }) => fault.fault === kind);
  const copies = applying.reduce(
    (sum, { fault }) => sum + (fault.fault === 'duplicate' ? fault.copies : 0),
    1,
  );
  return {
    twin: has('twin'),
    deliveries: () => Array.from({ length: copies }, () => deliveryPlan(applying, has)),
  };
}

function deliveryPlan(
  applying: readonly Kept[],
  has: (kind: DeliveryFaultKind) => boolean,
): DeliveryPlan {
  const delays = applying.map(({ fault, chance }) => {
    if (fault.fault === 'delay') return fault.delayMs;
    return fault.fault === 'reorder' ? Math.floor(chance() * fault.delayMs) : 0;
  });
  return {
    ...UNTOUCHED,
    delayMs: delays.reduce((sum, delayMs) => sum + delayMs, 0),
    outOfLane: has('delay') || has('reorder') || has('late'),
    forgedFirst: has('wrong_signature'),
    state: has('missing') ? 'missing' : has('late') ? 'late' : 'pending',
  };
}

function isFor({ types }: DeliveryFault, type: string): boolean {
  return types.length === 0 || types.some((wanted) => matchesType(wanted, type));
}

/** A type, or a family of them: `charge.*`. */
export function matchesType(wanted: string, type: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
