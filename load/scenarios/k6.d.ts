/**
 * What the scenarios use of k6, whose modules are inside of k6 itself and on no registry that this repository installs
 * from. https://grafana.com/docs/k6/latest/javascript-api/
 */
declare module 'k6' {
  export function sleep(seconds: number): void;
  /** Makes Math.random of this buyer repeatable. */
  export function randomSeed(seed: number): void;
}

declare module 'k6/execution' {
  const execution: {
    readonly vu: { readonly idInTest: number; readonly iterationInScenario: number };
    readonly scenario: { readonly name: string; readonly iterationInTest: number };
    readonly test: { abort(reason?: string): void };
  };
  export default execution;
}

declare module 'k6/http' {
  export type Params = {
    headers?: Readonly<Record<string, string>>;
    tags?: Readonly<Record<string, string>>;
    redirects?: number;
    timeout?: string;
    responseType?: 'text' | 'none';
  };
  export type Response = {
    /** 0 where there was no answer. */
    readonly status: number;
    readonly body: string | null;
    readonly error: string;
    /** Under their canonical names: `Set-Cookie`. */
    readonly headers: Readonly<Record<string, string>>;
  };
  const http: {
    request(method: string, url: string, body?: string | null, params?: Params): Response;
  };
  export default http;
}

declare module 'k6/metrics' {
  type Tags = Readonly<Record<string, string>>;
  export class Counter {
    constructor(name: string);
    add(value: number, tags?: Tags): void;
  }
  export class Trend {
    constructor(name: string, isTime?: boolean);
    add(value: number, tags?: Tags): void;
  }
}
