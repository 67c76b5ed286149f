/**
 * Makes events durable, many in one transaction. Batches naturally: what comes while others are being written is the
 * next batch; nobody waits for a timer, and nobody is told that an event is durable before it is.
 */
import type { Deps } from '../deps.ts';
import { sqlState, type TransactionLimits } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { sizeOfBatch, smoothed, turnedAwayForMs, WAIT_BUDGET_MS } from './inbox.rules.ts';
import { rewritten, type VerifiedEvent } from './verify-event.ts';
import { type Written, writeEvents } from './write-events.ts';

export type ReceivedEvent = VerifiedEvent & {
  readonly endpoint: 'stripe' | 'billing';
  readonly requestId: string;
};

export type Inbox = {
  /**
   * @returns what is known of the event, once it is durable
   * @throws Problem service_unavailable when too many wait; malformed_request where no database can hold the event
   */
  receive(received: ReceivedEvent): Promise<Written>;
};

export type InboxDeps = Pick<Deps, 'db' | 'config' | 'metrics' | 'log' | 'clock' | 'killPoint'>;

/** While one is being committed the next one is made ready. */
const BATCHES_AT_ONCE = 2;

/** Whoever holds a lock that one event needs must not hold up all the others for long. */
const LIMITS: TransactionLimits = { lockTimeoutMs: 500, statementTimeoutMs: 5_000 };
/** Of parts of a batch that has waited already: were everything locked, each of them would wait. */
const PART_LIMITS: TransactionLimits = { ...LIMITS, lockTimeoutMs: 100 };

type Member = {
  readonly received: ReceivedEvent;
  readonly bytes: number;
  readonly answer: (written: Written) => void;
  readonly fail: (error: unknown) => void;
};

type Queue = {
  waiting: Member[];
  waitingBytes: number;
  /** When each batch under way began. */
  readonly running: Set<number>;
  isStarting: boolean;
  batchMs: number;
};

export function createInbox(deps: InboxDeps): Inbox {
  const queue: Queue = {
    waiting: [],
    waitingBytes: 0,
    running: new Set(),
    isStarting: false,
    batchMs: 0,
  };
  return {
    receive: async (received) => {
      const bytes = received.json.length;
      const retryAfterMs = turnedAwayForMs(loadOf(queue), bytes);
      if (retryAfterMs !== null) throw busy(retryAfterMs);
      return new Promise((answer, fail) => {
        queue.waiting.push({ received, bytes, answer, fail });
        queue.waitingBytes += bytes;
        start(deps, queue);
      });
    },
  };
}

function busy(retryAfterMs: number): Problem {
  const detail = 'More events wait to be stored than can be in time. This one is not stored.';
  return new Problem('service_unavailable', { detail }, { retryAfterMs });
}

function loadOf({ waiting, waitingBytes, running, batchMs }: Queue) {
  const [oldest] = running;
  const inFlightForMs = oldest === undefined ? 0 : performance.now() - oldest;
  return { waiting: waiting.length, waitingBytes, inFlightForMs, batchMs };
}

/** Whatever comes in this same turn of the event loop is in the same batch. */
function start(deps: InboxDeps, queue: Queue): void {
  if (queue.isStarting || queue.waiting.length === 0) return;
  if (queue.running.size >= BATCHES_AT_ONCE) return;
  queue.isStarting = true;
  setImmediate(() => {
    queue.isStarting = false;
    void run(deps, queue);
  });
}

/** Never rejects: each failure is its events' own. */
async function run(deps: InboxDeps, queue: Queue): Promise<void> {
  const members = queue.waiting.splice(0, sizeOfBatch(queue.waiting.map(({ bytes }) => bytes)));
  for (const { bytes } of members) queue.waitingBytes -= bytes;
  const startedAtMs = performance.now();
  queue.running.add(startedAtMs);
  start(deps, queue);
  deps.metrics.webhookBatchSize.observe(members.length);
  await serve(deps, members, startedAtMs);
  queue.running.delete(startedAtMs);
  queue.batchMs = smoothed(queue.batchMs, performance.now() - startedAtMs);
  start(deps, queue);
}

/** @param isPart whether somebody's lock was waited for already, by a batch that had these events and more */
async function serve(
  deps: InboxDeps,
  members: readonly Member[],
  startedAtMs: number,
  isPart = false,
): Promise<void> {
  try {
    const written = await writeEvents(
      deps,
      members.map(({ received }) => received),
      isPart ? PART_LIMITS : LIMITS,
    );
    for (const [index, { answer }] of members.entries()) {
      const one = written[index];
      if (one === undefined) throw new Error(`a batch of ${members.length} has no answer ${index}`);
      answer(one);
    }
  } catch (error) {
    const hasTime = performance.now() - startedAtMs < WAIT_BUDGET_MS;
    const isLocked = isLockConflict(error);
    if (members.length > 1 && (isUnwritable(error) || (isLocked && hasTime))) {
      // By halves whoever it is about is found in few steps, and nobody else suffers for it.
      const half = Math.ceil(members.length / 2);
      await serve(deps, members.slice(0, half), startedAtMs, isPart || isLocked);
      return serve(deps, members.slice(half), startedAtMs, isPart || isLocked);
    }
    const [first] = members;
    if (first !== undefined && isUnwritable(error)) return serveOdd(deps, first, error);
    for (const { fail } of members) fail(error);
  }
}

/** JSON that is well-formed, and that Postgres has no room for, such as 1e999999: once more, as JavaScript reads it. */
async function serveOdd(deps: InboxDeps, { received, answer, fail }: Member, refusal: unknown) {
  try {
    const odd = { ...received, ...rewritten(received.event) };
    if (odd.json === received.json) throw refusal;
    const [written] = await writeEvents(deps, [odd], LIMITS);
    if (written === undefined) throw new Error('a batch of 1 has no answer');
    answer(written);
  } catch (error) {
    const detail = 'The event cannot be stored: no retry will change that.';
    fail(
      isUnwritable(error) || error instanceof RangeError
        ? new Problem('malformed_request', { detail }, { cause: error })
        : error,
    );
  }
}

/** Whether others held what one of the events needs: a lock time-out or a deadlock. */
function isLockConflict(error: unknown): boolean {
  return /^(?:55P03|40P01)$/.test(sqlState(error) ?? '');
}

/** What an event itself is to blame for: a value out of range, a constraint, a text or a nesting too long. */
function isUnwritable(error: unknown): boolean {
  return /^(?:22|23|54)/.test(sqlState(error) ?? '');
}
