import type { Work } from '../work.ts';
import type { FormTree } from './form.ts';
import { text } from './scalars.ts';
import { hash, list, optional, type Parsed, type Shape } from './schema.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

/** An operation whose parameters have been read: what is left is to run it. */
export interface Prepared {
  readonly expand: readonly string[];
  execute(work: Work, objectId: string): object;
}

/** One endpoint of the API. */
export interface Operation {
  /** As the SDK calls it, for example `checkout.sessions.create`; faults and logs name it so. */
  readonly id: string;
  readonly method: Method;
  /** With at most one variable, `:id`. */
  readonly path: string;
  /** Reads the parameters; throws the 400 of the first that is wrong. Nothing is executed yet. */
  prepare(form: FormTree, nowMs: number): Prepared;
}

export interface OperationDefinition<S extends Shape> {
  id: string;
  method: Method;
  path: string;
  params: S;
  /** Rules on the names alone, before any value is read. */
  checkNames?(form: FormTree): void;
  /** Rules that concern several parameters, or the time. Throws a 400. */
  check?(params: Parsed<NoInfer<S>>, nowMs: number): void;
  /** Does it, in the work's transaction, and gives the answer's object. */
  execute(work: Work, params: Parsed<NoInfer<S>>, objectId: string): { object: string };
}

const expandParam = optional(list(text(), 20));

/** Defines an endpoint; `expand` is understood by every one of them. */
export function operation<S extends Shape>(definition: OperationDefinition<S>): Operation {
  const params = hash(definition.params);
  return {
    id: definition.id,
    method: definition.method,
    path: definition.path,
    prepare(form, nowMs) {
      const own = new Map(form);
      own.delete('expand');
      const expand = expandParam.read(form.get('expand'), 'expand') ?? [];
      definition.checkNames?.(own);
      const parsed = params.read(own, '');
      definition.check?.(parsed, nowMs);
      return { expand, execute: (work, objectId) => definition.execute(work, parsed, objectId) };
    },
  };
}
