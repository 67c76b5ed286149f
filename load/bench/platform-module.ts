/**
 * A module of another workspace, from the repository's root: `node-service/src/config.ts`. A benchmark measures what is
 * inside of a workspace, and is bound to what it names of it here, by types of its own.
 */
export async function loadModule<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../${path}`, import.meta.url).href)) as Module;
}

export type Env = Readonly<Record<string, string>>;

/** A process of the platform, as local/ starts it. */
export type Service = { start(): Promise<void>; stop(): Promise<void>; pid(): number | undefined };

export type ServiceContext = {
  /** Its log goes to `logs/` in it. */
  readonly dir: string;
  readonly restart: boolean;
  log(message: string): void;
  onGivenUp(reason: string): void;
};

/** Of local/platform-services.ts. */
export type ServicesModule = {
  nodeService(context: ServiceContext, env: Env, port: number): Service;
  jobs(context: ServiceContext, env: Env): Service;
  stripeStandIn(context: ServiceContext, env: Env, port: number): Service;
  edge(context: ServiceContext, options: object): Service;
};

/** Of local/entry-point.ts. */
export type EntryPointModule = { runEntryPoint(name: 'seed-demo', env: Env): Promise<string> };
