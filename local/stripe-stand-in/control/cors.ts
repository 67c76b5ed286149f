const LOCAL_HOST = /^(?:(?:[a-z0-9-]+\.)*localhost|127\.0\.0\.1)(?::\d+)?$/i;

/**
 * Whether a Host header names this machine, whatever its port. Any other name may be a foreign page's own, pointed at
 * 127.0.0.1 after the page was loaded: to the browser its calls are then of the same origin.
 */
export function isLocalHost(host: string): boolean {
  return LOCAL_HOST.test(host);
}

/** A browser's page that may use the control API: any local host name, whatever its port. */
export function isLocalOrigin(origin: string): boolean {
  return /^http:\/\//i.test(origin) && isLocalHost(origin.slice('http://'.length));
}

/** Headers that let the page of a local origin read the answer. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  if (origin === undefined || !isLocalOrigin(origin)) return {};
  return {
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Allow-Methods': 'GET, POST, DELETE',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Private-Network': 'true',
    'Access-Control-Max-Age': '600',
    Vary: 'Origin',
  };
}
