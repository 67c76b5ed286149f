import { PROBLEM_CONTENT_TYPE } from '@commerce/contracts/vocabulary/problem.ts';
import { refuse } from '../http/refuse.ts';
import { logFault, type RequestTrace } from '../http/request-trace.ts';
import { type NodeAnswer, NodeUnreachable, toResponse } from './node-client.ts';

/** What of the node service's headers a client may see. All else stays inside. */
const PASSED_ON = [
  'content-type',
  'retry-after',
  'idempotency-replayed',
  'etag',
  'cache-control',
  'location',
  'allow',
  'www-authenticate',
  'x-request-id',
];

const RETRY_AFTER_SECONDS = '2';

/**
 * The node service's answer as the client gets it: the status, the body's bytes, and a short list of headers. What is
 * no answer of the service's (none at all, a load balancer's page, a refusal of our own signature) is a 503 here, and
 * a fault in the log.
 */
export async function passOn(
  answering: Promise<NodeAnswer>,
  trace: RequestTrace,
): Promise<Response> {
  let answer: NodeAnswer;
  try {
    answer = await answering;
  } catch (error) {
    if (!(error instanceof NodeUnreachable)) throw error;
    logFault(trace, error);
    return unavailable(trace);
  }
  const oddity = oddityOf(answer);
  if (oddity !== null) {
    logFault(trace, new Error(oddity));
    return unavailable(trace);
  }
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return toResponse({ ...answer, headers });
}

function unavailable(trace: RequestTrace): Response {
  return refuse(trace, 'service_unavailable', 'The shop cannot be reached just now.', {
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
  });
}

/** Why this cannot be what the node service says to a client, or null. */
function oddityOf({ status, headers, body }: NodeAnswer): string | null {
  if (status >= 200 && status < 300) return null;
  const contentType = headers.get('content-type') ?? '';
  if (!contentType.startsWith(PROBLEM_CONTENT_TYPE)) {
    return `the node service answered ${status} with ${contentType || 'no type'}`;
  }
  const isOurFault =
    status === 401 && new TextDecoder().decode(body).includes('"gateway_signature_invalid"');
  return isOurFault ? "the node service refused the gateway's signature" : null;
}
