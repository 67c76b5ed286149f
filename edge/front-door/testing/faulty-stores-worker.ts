import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { FrontDoorEnv } from '../bindings.ts';
import frontDoor from '../worker.ts';

/** The host that switches a fault: `PUT /kv` makes every write to KV fail from then on, `PUT /d1` every question to D1. */
const SWITCH = 'faults.localhost';

let fault = '/';

/** The front door itself, over stores that can be made to fail. `PUT /` heals them. */
const faulty: typeof frontDoor = {
  async fetch(request, env, ctx) {
    if (request.headers.get('host') === SWITCH) {
      fault = new URL(request.url).pathname;
      return new Response(null, { status: 204 });
    }
    return frontDoor.fetch(request, withFaults(env), ctx);
  },
  scheduled: (event, env) => frontDoor.scheduled(event, withFaults(env)),
};

function withFaults(env: FrontDoorEnv): FrontDoorEnv {
  if (fault === '/kv') return { ...env, HOST_CACHE: faultyCache(env.HOST_CACHE) };
  return fault === '/d1' ? { ...env, HOSTS_DB: faultyDatabase(env.HOSTS_DB) } : env;
}

function faultyCache(cache: KVNamespace): KVNamespace {
  const put = () => Promise.reject(new Error('KV PUT failed: 500 Internal Server Error'));
  return { get: cache.get.bind(cache), put } as unknown as KVNamespace;
}

/** Statements can be made, and none is answered. */
function faultyDatabase(database: D1Database): D1Database {
  const fail = () => Promise.reject(new Error('D1_ERROR: Network connection lost.'));
  const failing = { all: fail, first: fail, run: fail };
  const prepare = () => ({ ...failing, bind: () => failing });
  return { ...database, prepare, batch: fail } as unknown as D1Database;
}

// biome-ignore lint/style/noDefaultExport: workerd finds a Worker by this
export default faulty;
