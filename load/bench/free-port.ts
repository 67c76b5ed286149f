import { loadModule } from './platform-module.ts';

type FreePortModule = { freePort(): Promise<number> };

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  return (await loadModule<FreePortModule>('local/free-port.ts')).freePort();
}
