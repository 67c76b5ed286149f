/**
 * A module of another workspace, from the repository's root: `node-service/src/config.ts`. A benchmark measures what is
 * inside of a workspace, and is bound to what it names of it here, by types of its own.
 */
export async function loadModule<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../${path}`, import.meta.url).href)) as Module;
}
