import { type Client, createClient } from '@commerce/generated/ops-v1/client/client/index.ts';
import type { Problem } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { BASE_PATH } from '@commerce/generated/ops-v1/operations.ts';
import { exchange } from './exchange.ts';
import { CommandFailure, OpsRefusal } from './failure.ts';
import type { Settings } from './settings.ts';

/** What the generated client gives. */
export interface Answer<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response?: Response;
}

/** The generated client of the control plane, as this operator. */
export function clientAt({ opsUrl, connect, token }: Settings): Client {
  return createClient({
    baseUrl: `${opsUrl.origin}${BASE_PATH}`,
    headers: { authorization: `Bearer ${token}` },
    fetch: async (input) => {
      const request = input as Request;
      const body = await request.text();
      const answer = await exchange({
        url: new URL(request.url),
        connect,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        ...(body === '' ? {} : { body }),
      });
      const { status, headers, text } = answer;
      return new Response(status === 204 ? null : text, { status, headers });
    },
  });
}

/** The data of a success. Throws an OpsRefusal for a problem, or a CommandFailure where there is no answer. */
export async function answered<Data>(
  answering: Promise<Answer<Data>>,
  opsUrl: URL,
): Promise<NonNullable<Data>> {
  const { data, error, response } = await answering;
  if (response === undefined) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`no answer from ${opsUrl.origin}: ${why}`);
  }
  if (response.ok) return data as NonNullable<Data>;
  const problem = typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {};
  throw new OpsRefusal(response.status, problem);
}
