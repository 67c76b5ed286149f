import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import type { Operator } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import type { FrontDoorEnv } from '../bindings.ts';

/** The node service did not answer what was asked: its refusal, to be passed on to the operator as it is. */
export class NodeRefusal extends Error {
  override readonly name = 'NodeRefusal';
  readonly response: Response;

  constructor(response: Response) {
    super(`the node service answered ${response.status}`);
    this.response = response;
  }
}

/** Asks the node service, through the gateway, in the operator's own name: it alone can verify the token. */
export interface Registry {
  /** The operator whose token the request carries. Throws a NodeRefusal for any other token. */
  operator(): Promise<Operator>;
  /** Throws a NodeRefusal when the registry cannot say. */
  shopExists(shopId: string): Promise<boolean>;
}

export function registryFor(
  request: Request,
  env: Pick<FrontDoorEnv, 'OPERATIONS'>,
  trace: RequestTrace,
): Registry {
  const ask = (path: string): Promise<Response> => {
    const headers = new Headers({ [REQUEST_ID_HEADER]: trace.requestId });
    const authorization = request.headers.get('authorization');
    if (authorization !== null) headers.set('authorization', authorization);
    return env.OPERATIONS.fetch(new Request(new URL(path, request.url), { headers }));
  };
  return {
    async operator() {
      const response = await ask('/ops/v1/operator');
      if (response.status !== 200) throw new NodeRefusal(response);
      return (await response.json()) as Operator;
    },
    async shopExists(shopId) {
      const response = await ask(`/ops/v1/shops/${encodeURIComponent(shopId)}`);
      if (response.status !== 200 && response.status !== 404) throw new NodeRefusal(response);
      return response.status === 200;
    },
  };
}
