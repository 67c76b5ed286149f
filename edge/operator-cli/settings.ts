import type { Endpoint } from './exchange.ts';
import { UsageError } from './failure.ts';

/** Where the control plane is, and who asks. */
export interface Settings {
  /** `https://ops.example.com`, without a path. */
  readonly opsUrl: URL;
  readonly connect?: Endpoint | undefined;
  /** The operator's bearer token. Never printed. */
  readonly token: string;
}

export interface Given {
  readonly opsUrl?: string | undefined;
  readonly connect?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** The environment variable OPERATOR_TOKEN. */
  readonly tokenVariable?: string | undefined;
}

/** What a running local platform says of itself in `.local/keys.json`. */
export interface LocalPlatform {
  readonly operatorToken: string;
  /** `ops` is the control host; `frontDoor` is where to connect to. */
  readonly urls: { readonly ops: string; readonly frontDoor: string };
}

/**
 * Command line first, then the environment, then the local platform. Its token goes to itself alone: whoever names
 * another control plane brings a token for it.
 *
 * @param readFile throws a UsageError for a file that cannot be read
 */
export function settingsFrom(
  given: Given,
  local: LocalPlatform | null,
  readFile: (path: string) => string,
): Settings {
  if (given.opsUrl === undefined && local === null) {
    throw new UsageError(
      'which control plane? Give --ops-url, or start the local platform with `npm start`',
    );
  }
  const opsUrl = parseOrigin(given.opsUrl ?? local?.urls.ops ?? '');
  const isLocal = local !== null && opsUrl.origin === new URL(local.urls.ops).origin;
  const connect =
    given.connect === undefined
      ? isLocal
        ? endpointOf(new URL(local.urls.frontDoor).host, 80)
        : undefined
      : endpointOf(given.connect, opsUrl.protocol === 'https:' ? 443 : 80);
  const token = tokenFrom(given, isLocal ? local : null, readFile);
  if (opsUrl.protocol === 'http:' && !isOnThisMachine(connect?.hostname ?? opsUrl.hostname)) {
    throw new UsageError(`a token is never sent in the clear: ${opsUrl.origin} must be https`);
  }
  return { opsUrl, connect, token };
}

/** `HOST:PORT`, `[::1]:PORT` or `HOST`. Throws a UsageError for anything else. */
export function endpointOf(text: string, defaultPort: number): Endpoint {
  const match = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[2] ?? defaultPort);
  const hostname = match?.[1]?.replace(/^\[|\]$/g, '');
  if (hostname === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`"${text}" is no HOST:PORT`);
  }
  return { hostname, port };
}

function parseOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--ops-url is no http or https URL: "${text}"`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new UsageError(`--ops-url names a host and no path: ${url.protocol}//${url.host}`);
  }
  return url;
}

function tokenFrom(
  { tokenFile, tokenVariable }: Given,
  local: LocalPlatform | null,
  readFile: (path: string) => string,
): string {
  const token =
    tokenFile !== undefined
      ? readFile(tokenFile).trim()
      : (tokenVariable ?? local?.operatorToken ?? '').trim();
  // The text itself stays out of every message: it may be a token with a stray character.
  if (/[^\x21-\x7e]/.test(token)) throw new UsageError('the token has a space or a line in it');
  if (token !== '') return token;
  throw new UsageError(
    tokenFile === undefined
      ? 'no operator token: give --token-file FILE or the environment variable OPERATOR_TOKEN'
      : `${tokenFile} holds no token`,
  );
}

function isOnThisMachine(hostname: string): boolean {
  return /^(127(\.\d+){3}|::1|\[::1\]|([a-z0-9-]+\.)*localhost)$/.test(hostname);
}
