import type { Problem } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** What a command ends with: done (or nothing missing), refused or unfinished, used wrongly. */
export type ExitCode = 0 | 1 | 2;

/** The command line, a setting or a file is not as it should be: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked cannot be done now: exit code 1. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
}

/** The control plane's own refusal. */
export class OpsRefusal extends CommandFailure {
  override readonly name = 'OpsRefusal';
  readonly status: number;
  /** The problem's code; `unknown` for an answer that is no problem. */
  readonly code: string;
  readonly detail: string;

  constructor(status: number, problem: Partial<Problem>) {
    const { code = 'unknown', detail = 'The answer says no more.', requestId, errors } = problem;
    const places = (errors ?? []).map(({ path, message }) => `\n  ${path} ${message}`).join('');
    const request = requestId === undefined ? '' : ` [request ${requestId}]`;
    super(`refused, ${code} (${status}): ${detail}${request}${places}${adviceFor(status)}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

function adviceFor(status: number): string {
  if (status !== 401 && status !== 403) return '';
  return "\n  The token must be an operator's, and not have expired: --token-file or OPERATOR_TOKEN.";
}
