/**
 * What becomes of each request of a batch, decided in memory from the rows that the batch has locked: first come,
 * first served, all lines of a request or none. Pure but for the working copy it is given.
 */
import type { InventoryConflictItem } from '@commerce/contracts/vocabulary/problem.ts';

export type HoldLine = {
  readonly variantKey: string;
  readonly sku: string;
  readonly quantity: number;
};

export type HoldState = 'active' | 'committed' | 'released' | 'expired';

export type Action =
  | {
      readonly kind: 'create';
      readonly holdId: string;
      readonly orderId: string | null;
      readonly lines: readonly HoldLine[];
      /** Who may end it: its own time-to-live, or Stripe's answer alone. */
      readonly expiry: 'clock' | 'stripe';
      readonly expiresAt: Date;
    }
  | { readonly kind: 'extend'; readonly holdId: string; readonly expiresAt: Date }
  /** A commit needs a payment fact: what was paid, or completed with payment to come. */
  | { readonly kind: 'commit'; readonly holdId: string; readonly paymentFact: string }
  | {
      readonly kind: 'release';
      readonly holdId: string;
      /** Somebody asks for it, and no fact of Stripe's is behind it: a hold that a session may still sell stays. */
      readonly unproven?: true;
    }
  /** Ends a hold that Stripe says was never paid. */
  | { readonly kind: 'expire'; readonly holdId: string }
  /** Payment for a hold that is gone: takes the stock at once, if it is still there. */
  | {
      readonly kind: 'take';
      readonly holdId: string;
      readonly orderId: string;
      readonly lines: readonly HoldLine[];
      readonly paymentFact: string;
    }
  /** An asynchronous payment failed after its stock was committed. */
  | { readonly kind: 'give_back'; readonly holdId: string }
  /** Names holds whose own time seems to have run out. The batch ends those of which it is true. */
  | { readonly kind: 'sweep'; readonly holdIds: readonly string[] }
  /** An operator's: units came in, or the figure was wrong. All of them or none; no variant comes twice. */
  | { readonly kind: 'stock'; readonly changes: readonly StockChange[] };

/** `by`: so many units more, or less where it is negative. `to`: so many units in all. */
export type StockChange = {
  readonly variantKey: string;
  readonly sku: string;
  readonly how: 'by' | 'to';
  readonly units: number;
};

/** What is on hand of a variant before and after a change, and how much of it is held. */
export type ChangedLevel = {
  readonly variantKey: string;
  readonly sku: string;
  readonly before: number;
  readonly after: number;
  readonly held: number;
};

/** The holds that an action is about, and that may be there already: a new hold has an id of its own. */
export function holdIdsOf(action: Action): readonly string[] {
  if (action.kind === 'stock' || action.kind === 'create') return [];
  return action.kind === 'sweep' ? action.holdIds : [action.holdId];
}

/** The variants that an action names itself; those of its holds come with them. */
export function variantKeysOf(action: Action): string[] {
  if (action.kind === 'stock') return action.changes.map(({ variantKey }) => variantKey);
  return 'lines' in action ? action.lines.map(({ variantKey }) => variantKey) : [];
}

export type StockLevel = { onHand: number; held: number };

export type HoldInHand = {
  readonly holdId: string;
  readonly lines: readonly HoldLine[];
  readonly expiry: 'clock' | 'stripe';
  state: HoldState;
  expiresAt: Date;
  returned: boolean;
};

/** The rows that a batch has locked. Its decisions change them here, and then once in the database. */
export type World = {
  readonly stock: Map<string, StockLevel>;
  readonly holds: Map<string, HoldInHand>;
};

export type Decision =
  | { readonly kind: 'done'; readonly state: HoldState }
  /** It was so already: a retry, or an end that came another way first. */
  | { readonly kind: 'unchanged'; readonly state: HoldState }
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'inventory_insufficient'
        | 'inventory_unknown_variant'
        | 'hold_expired'
        | 'hold_has_session';
      readonly items: readonly InventoryConflictItem[];
    }
  | { readonly kind: 'no_such_hold' }
  | { readonly kind: 'swept'; readonly ended: number }
  | { readonly kind: 'stocked'; readonly levels: readonly ChangedLevel[] }
  /** Less would be left than is held. Lists every variant of which it is true. */
  | { readonly kind: 'below_held'; readonly levels: readonly ChangedLevel[] };

/** One line a variant: two lines of one variant ask for their sum. In the order of the keys. */
export function addUpLines(lines: readonly HoldLine[]): HoldLine[] {
  const byKey = new Map<string, HoldLine>();
  for (const line of lines) {
    const quantity = (byKey.get(line.variantKey)?.quantity ?? 0) + line.quantity;
    byKey.set(line.variantKey, { ...line, quantity });
  }
  return [...byKey.values()].sort((a, b) => (a.variantKey < b.variantKey ? -1 : 1));
}

function available(level: StockLevel | undefined): number {
  return level === undefined ? 0 : level.onHand - level.held;
}

/** Every line that cannot be had, or null when all can. Lines are added up first. */
export function shortages(
  lines: readonly HoldLine[],
  stock: ReadonlyMap<string, StockLevel>,
): Extract<Decision, { kind: 'refused' }> | null {
  const items = lines
    .filter(({ variantKey, quantity }) => available(stock.get(variantKey)) < quantity)
    .map(({ variantKey, sku, quantity }) => ({
      variantKey,
      sku,
      requested: quantity,
      available: available(stock.get(variantKey)),
    }));
  if (items.length === 0) return null;
  const unknown = items.some(({ variantKey }) => !stock.has(variantKey));
  return {
    kind: 'refused',
    reason: unknown ? 'inventory_unknown_variant' : 'inventory_insufficient',
    items,
  };
}

function change(
  world: World,
  lines: readonly HoldLine[],
  apply: (level: StockLevel, quantity: number) => void,
): void {
  for (const { variantKey, quantity } of lines) {
    const level = world.stock.get(variantKey);
    if (level === undefined) throw new Error(`no stock row was locked for ${variantKey}`);
    apply(level, quantity);
    if (level.held < 0 || level.held > level.onHand) {
      throw new Error(`${variantKey} would have ${level.held} held of ${level.onHand}`);
    }
  }
}

const hold = (level: StockLevel, quantity: number): void => {
  level.held += quantity;
};
const free = (level: StockLevel, quantity: number): void => {
  level.held -= quantity;
};
const sell = (level: StockLevel, quantity: number): void => {
  level.held -= quantity;
  level.onHand -= quantity;
};
const giveBack = (level: StockLevel, quantity: number): void => {
  level.onHand += quantity;
};

function create(
  action: Extract<Action, { kind: 'create' | 'take' }>,
  world: World,
  now: Date,
): Decision {
  const lines = addUpLines(action.lines);
  const refused = shortages(lines, world.stock);
  if (refused !== null) return refused;
  change(world, lines, hold);
  const isTaken = action.kind === 'take';
  const created = newHold(
    isTaken ? { ...action, expiry: 'stripe', expiresAt: now } : action,
    lines,
  );
  world.holds.set(action.holdId, created);
  return isTaken ? end(created, 'committed', world) : { kind: 'done', state: 'active' };
}

/** A hold as it begins. */
export function newHold(
  { holdId, expiry, expiresAt }: Pick<HoldInHand, 'holdId' | 'expiry' | 'expiresAt'>,
  lines: readonly HoldLine[],
): HoldInHand {
  return { holdId, lines, expiry, state: 'active', expiresAt, returned: false };
}

function end(
  found: HoldInHand,
  state: 'committed' | 'released' | 'expired',
  world: World,
): Decision {
  change(world, found.lines, state === 'committed' ? sell : free);
  found.state = state;
  return { kind: 'done', state };
}

function gone(found: HoldInHand, world: World): Decision {
  const items = found.lines.map(({ variantKey, sku, quantity }) => ({
    variantKey,
    sku,
    requested: quantity,
    available: available(world.stock.get(variantKey)),
  }));
  return { kind: 'refused', reason: 'hold_expired', items };
}

function extend(found: HoldInHand, expiresAt: Date, now: Date, world: World): Decision {
  if (found.expiry === 'stripe') return { kind: 'refused', reason: 'hold_has_session', items: [] };
  if (found.state !== 'active' || found.expiresAt <= now) return gone(found, world);
  if (expiresAt <= found.expiresAt) return { kind: 'unchanged', state: 'active' };
  found.expiresAt = expiresAt;
  return { kind: 'done', state: 'active' };
}

/** What is sold is not given back by a word, and what Stripe may still sell is not free. */
function release(found: HoldInHand, unproven: boolean, world: World): Decision {
  if (found.state === 'active') {
    if (unproven && found.expiry === 'stripe')
      return { kind: 'refused', reason: 'hold_has_session', items: [] };
    return end(found, 'released', world);
  }
  if (unproven && found.state === 'committed') return gone(found, world);
  return { kind: 'unchanged', state: found.state };
}

/** All of them or none: nothing may have less than is held of it. */
export function changeStock(
  changes: readonly StockChange[],
  world: Pick<World, 'stock'>,
): Decision {
  const levels = changes.map(({ variantKey, sku, how, units }): ChangedLevel => {
    const { onHand, held } = world.stock.get(variantKey) ?? { onHand: 0, held: 0 };
    return { variantKey, sku, before: onHand, after: how === 'by' ? onHand + units : units, held };
  });
  const below = levels.filter(({ after, held }) => after < held);
  if (below.length > 0) return { kind: 'below_held', levels: below };
  for (const { variantKey, after, held } of levels)
    world.stock.set(variantKey, { onHand: after, held });
  return { kind: 'stocked', levels };
}

function onHold(
  action: Exclude<Action, { kind: 'create' | 'take' | 'sweep' | 'stock' }>,
  found: HoldInHand,
  world: World,
  now: Date,
): Decision {
  const unchanged: Decision = { kind: 'unchanged', state: found.state };
  switch (action.kind) {
    case 'extend':
      return extend(found, action.expiresAt, now, world);
    case 'commit':
      if (found.state === 'committed') return unchanged;
      return found.state === 'active' ? end(found, 'committed', world) : gone(found, world);
    case 'release':
      return release(found, action.unproven === true, world);
    case 'expire':
      return found.state === 'active' ? end(found, 'expired', world) : unchanged;
    case 'give_back':
      if (found.state !== 'committed' || found.returned) return unchanged;
      change(world, found.lines, giveBack);
      found.returned = true;
      return { kind: 'done', state: 'committed' };
  }
}

/** Decides one request and changes the working copy accordingly. A refusal changes nothing. */
export function decide(action: Action, world: World, now: Date): Decision {
  if (action.kind === 'stock') return changeStock(action.changes, world);
  if (action.kind === 'sweep') {
    const isOver = (holdId: string): boolean => world.holds.get(holdId)?.state !== 'active';
    return { kind: 'swept', ended: action.holdIds.filter(isOver).length };
  }
  if (action.kind === 'create' || action.kind === 'take') {
    const known = world.holds.get(action.holdId);
    return known === undefined
      ? create(action, world, now)
      : { kind: 'unchanged', state: known.state };
  }
  const found = world.holds.get(action.holdId);
  return found === undefined ? { kind: 'no_such_hold' } : onHold(action, found, world, now);
}

/** Ends every hold whose own time-to-live has run out, so that its stock is there for the requests that follow. */
export function expireByClock(world: World, now: Date): void {
  for (const found of world.holds.values()) {
    if (found.state === 'active' && found.expiry === 'clock' && found.expiresAt <= now)
      end(found, 'expired', world);
  }
}
