/** Allocators that a host is given in place of the service's: each answers what the use case asks it. */
import pg from 'pg';
import { endByTransaction, holdByTransaction } from '../../reference/naive-hold.ts';
import { skuName, variantKey } from './orders.ts';

type Line = { readonly variantKey: string; readonly sku: string; readonly quantity: number };
type Hold = {
  readonly holdId: string;
  readonly lines: readonly Line[];
  readonly expiry: 'clock';
  readonly state: 'active' | 'committed' | 'released';
  readonly expiresAt: Date;
  readonly returned: false;
};
type Action =
  | {
      readonly kind: 'create';
      readonly holdId: string;
      readonly lines: readonly Line[];
      readonly expiresAt: Date;
    }
  | { readonly kind: 'commit' | 'release'; readonly holdId: string };
type Request = { readonly action: Action; answer(hold: Hold): object };

/** As `node-service/src/inventory/allocator.ts` has it, for the requests of createHold, commitHold and releaseHold. */
export type Allocator = { submit(shopId: string, request: Request): Promise<object> };

const TTL_MS = 600_000;
const STATE = { create: 'active', commit: 'committed', release: 'released' } as const;

function decided(request: Request): object {
  const { action } = request;
  const state = STATE[action.kind];
  const made = action.kind === 'create' ? action : { lines: [LINE], expiresAt: later() };
  const { lines, expiresAt } = made;
  const hold: Hold = {
    holdId: action.holdId,
    lines,
    expiry: 'clock',
    state,
    expiresAt,
    returned: false,
  };
  return { kind: 'done', state, answer: request.answer(hold) };
}

const LINE: Line = { variantKey: variantKey(0), sku: skuName(0), quantity: 1 };

function later(): Date {
  return new Date(Date.now() + TTL_MS);
}

/** Says yes to everything, and remembers nothing. */
export function memoryAllocator(): Allocator {
  return { submit: async (_shopId, request) => decided(request) };
}

/** A transaction for each request, and no claim. */
export function naiveAllocator(databaseUrl: string, connections: number): Allocator {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  return {
    submit: async (shopId, request) => {
      const { action } = request;
      const { holdId } = action;
      const now = new Date();
      if (action.kind === 'create') {
        const { lines, expiresAt } = action;
        const [line] = lines;
        if (line === undefined || lines.length > 1) throw new Error('a hold of one line');
        if (!(await holdByTransaction(pool, { shopId, holdId, ...line, expiresAt, now })))
          throw new Error(`no unit is left of ${line.variantKey}`);
      } else if (
        !(await endByTransaction(pool, { shopId, holdId, state: STATE[action.kind], now }))
      )
        throw new Error(`hold ${holdId} is not active`);
      return decided(request);
    },
  };
}
