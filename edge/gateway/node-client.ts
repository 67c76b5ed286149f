import { signGatewayRequest } from '@commerce/contracts/vocabulary/gateway-signature.ts';
import type { GatewayConfig } from './config.ts';

/** The node service gave no answer: refused, broken off, or too slow. Whether it did anything is unknown. */
export class NodeUnreachable extends Error {
  override readonly name = 'NodeUnreachable';
}

/** What the node service answered, read to its end. */
export interface NodeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What a generated client is made with. */
export interface ClientSettings {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
}

/**
 * Makes one call by a generated client and gives its raw answer, to be passed on byte for byte. The request is signed
 * as it will be sent. It is never repeated: the caller has the idempotency key, and decides.
 *
 * @param basePath what the contract's server puts before its paths: `/node/v1`
 * @param call makes the client, and makes exactly one request with it
 * @throws NodeUnreachable
 */
export async function callNode(
  config: Pick<GatewayConfig, 'nodeOrigin' | 'signingKey'>,
  basePath: string,
  timeoutMs: number,
  call: (settings: ClientSettings) => Promise<unknown>,
): Promise<NodeAnswer> {
  let answer: NodeAnswer | undefined;
  const signedFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = new Uint8Array(await request.clone().arrayBuffer());
    answer = await send(
      await signGatewayRequest(request, body, config.signingKey, new Date()),
      timeoutMs,
    );
    return toResponse(answer);
  };
  const result = await call({ baseUrl: `${config.nodeOrigin}${basePath}`, fetch: signedFetch });
  if (answer !== undefined) return answer;
  // The client catches whatever its fetch throws, and hands it back as the error.
  throw (result as { error?: unknown }).error ?? new Error('the call was never sent');
}

/** The time limit covers the body too: an answer that begins and never ends is no answer. */
async function send(request: Request, timeoutMs: number): Promise<NodeAnswer> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(request, { redirect: 'manual', signal });
    const body = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new NodeUnreachable(`no answer from the node service within ${timeoutMs} ms: ${cause}`);
  }
}

/** An answer as a fetch `Response`; some statuses may not have a body. */
export function toResponse({ status, headers, body }: NodeAnswer): Response {
  const isWithoutBody = status === 204 || status === 205 || status === 304;
  return new Response(isWithoutBody ? null : body, { status, headers });
}
