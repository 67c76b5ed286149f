/** In the order of deployment: a Worker binds those before it, so that it never meets one without its entrypoints. */
export const WORKERS = ['gateway', 'storefront', 'front-door'] as const;
export type WorkerName = (typeof WORKERS)[number];

/** What can be deployed; local mode is `npm start`. */
export const DEPLOY_ENVIRONMENTS = ['staging', 'production'] as const;
export type DeployEnvironment = (typeof DEPLOY_ENVIRONMENTS)[number];

/** Path of a Worker's settings, from the root of the repository. */
export function configFile(worker: WorkerName): string {
  return `edge/${worker}/wrangler.jsonc`;
}
