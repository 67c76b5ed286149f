import frontDoor from '../worker.ts';

type FrontDoor = typeof frontDoor;
type Env = Parameters<FrontDoor['fetch']>[1];

/** Which of the stores cannot be reached, and how: it refuses, or it never answers. */
export interface Outage {
  readonly kv?: 'down' | 'silent';
  readonly d1?: 'down' | 'silent';
}

let outage: Outage = {};

/** The front door itself, before stores that a test can stop: `PUT` of an Outage at the host `outage`. */
export default {
  ...frontDoor,
  async fetch(
    request: Request,
    env: Env,
    context: Parameters<FrontDoor['fetch']>[2],
  ): Promise<Response> {
    if (request.headers.get('host') === 'outage') {
      outage = await request.json();
      return new Response(null, { status: 204 });
    }
    const stores = {
      HOST_CACHE: stoppable(env.HOST_CACHE, () => outage.kv),
      HOSTS_DB: stoppable(env.HOSTS_DB, () => outage.d1),
    };
    return frontDoor.fetch(request, { ...env, ...stores }, context);
  },
};

/** Every call of the store fails, or waits for ever, as long as it is stopped. */
function stoppable<Store extends object>(store: Store, how: () => Outage['kv']): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const stopped = how();
        if (stopped === undefined) return member.apply(target, args) as unknown;
        if (stopped === 'silent') return silent();
        throw new Error(`the store is ${stopped}`);
      };
    },
  });
}

/** A promise that never settles, and a statement whose every call gives one. */
function silent(): unknown {
  const never = new Promise(() => undefined);
  return new Proxy(never, {
    get: (_, name) => (name === 'then' ? never.then.bind(never) : silent),
  });
}
