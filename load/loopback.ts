/** Load is for this machine alone. Imported by the runner and by k6 itself: no module of either. */

/** Whether a URL is of this machine: 127.0.0.1, ::1, localhost or a name below it. */
export function isLoopbackUrl(url: string): boolean {
  const authority = /^https?:\/\/(\[::1\]|[^/?#:@[\]]+)(:\d+)?(?:[/?#]|$)/i.exec(url);
  const host = authority?.[1]?.toLowerCase() ?? '';
  return ['127.0.0.1', '[::1]', 'localhost'].includes(host) || host.endsWith('.localhost');
}

/** @throws naming the URL that is not of this machine. */
export function requireLoopback(urls: readonly string[]): void {
  const elsewhere = urls.find((url) => !isLoopbackUrl(url));
  if (elsewhere !== undefined)
    throw new Error(
      `load is for this machine alone, and ${elsewhere} is elsewhere: only 127.0.0.1, ::1, localhost and *.localhost are played against`,
    );
}
