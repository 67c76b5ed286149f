/**
 * The part of workerd's own module that the Workers use. The full ambient types of workers-types cannot be loaded
 * beside the DOM's and Node's in one program, so this names only what is needed.
 */
declare module 'cloudflare:workers' {
  export abstract class WorkerEntrypoint<Env> {
    protected readonly ctx: import('@cloudflare/workers-types').ExecutionContext;
    protected readonly env: Env;
    constructor(ctx: import('@cloudflare/workers-types').ExecutionContext, env: Env);
  }
}
