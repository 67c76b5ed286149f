import { EventEmitter } from 'node:events';
import type { WorkerEvents, WorkerPool } from 'graphile-worker';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endHungPools } from './end-hung-pools.ts';

let events: EventEmitter;
let ended: string[];
beforeEach(() => {
  vi.useFakeTimers();
  events = new EventEmitter();
  ended = [];
  endHungPools(events as WorkerEvents, () => {});
});
afterEach(() => vi.useRealTimers());

function pool(id: string): WorkerPool {
  const forcefulShutdown = async (): Promise<void> => void ended.push(id);
  return { id, forcefulShutdown } as unknown as WorkerPool;
}

function fails(workerPool: WorkerPool): void {
  events.emit('pool:fatalError', { workerPool, error: new Error('gone'), action: 'completeJob' });
}

describe('a pool of workers that could not write how its jobs ended', () => {
  test('is ended by force once, when it is not gone after fifteen seconds', () => {
    const hung = pool('hung');
    fails(hung);
    fails(hung);
    vi.advanceTimersByTime(14_999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(ended).toEqual(['hung']);
  });

  test('is left alone when it ends by itself', () => {
    const gone = pool('gone');
    fails(gone);
    events.emit('pool:release', { pool: gone, workerPool: gone });
    vi.advanceTimersByTime(60_000);
    expect(ended).toEqual([]);
  });
});
