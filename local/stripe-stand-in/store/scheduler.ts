import { BY_ITSELF, type Core, perform, type Work } from '../work.ts';
import type { TaskRecord } from './records.ts';
import type { Transaction } from './store.ts';

export type TaskHandlers = Record<TaskRecord['kind'], (work: Work, objectId: string) => void>;

export interface Scheduler {
  /** Does what is due by now; callers about to read state use it so that no answer is late. */
  runDue(): void;
  stop(): void;
}

const TICK_MS = 100;

/** Puts off `kind` for the object until `dueAtMs`; a second call moves it. */
export function schedule(tx: Transaction, task: TaskRecord): void {
  tx.put('tasks', taskId(task.kind, task.objectId), task);
}

export function unschedule(tx: Transaction, kind: TaskRecord['kind'], objectId: string): void {
  tx.remove('tasks', taskId(kind, objectId));
}

/** Runs scheduled tasks when they are due, those of former runs too. */
export function startScheduler(core: Core, handlers: TaskHandlers): Scheduler {
  let earliestMs = earliestDue(core);
  core.store.onCommit((changes) => {
    for (const { collection, id } of changes) {
      const task = collection === 'tasks' ? core.store.get('tasks', id) : undefined;
      if (task !== undefined) earliestMs = Math.min(earliestMs, task.dueAtMs);
    }
  });
  const runDue = (): void => {
    const nowMs = core.clock();
    if (nowMs < earliestMs) return;
    const due = [...core.store.all('tasks')].filter(([, task]) => task.dueAtMs <= nowMs);
    due.sort(([, left], [, right]) => left.dueAtMs - right.dueAtMs);
    for (const [id, task] of due) {
      perform(core, BY_ITSELF, (work) => {
        work.tx.remove('tasks', id);
        handlers[task.kind](work, task.objectId);
      });
    }
    earliestMs = earliestDue(core);
  };
  const timer = setInterval(runDue, TICK_MS);
  timer.unref();
  return { runDue, stop: () => clearInterval(timer) };
}

function earliestDue(core: Core): number {
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const task of core.store.all('tasks').values()) {
    earliestMs = Math.min(earliestMs, task.dueAtMs);
  }
  return earliestMs;
}

function taskId(kind: TaskRecord['kind'], objectId: string): string {
  return `${kind}:${objectId}`;
}
