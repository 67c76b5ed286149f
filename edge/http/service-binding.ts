/** A binding to another Worker, called by fetch: the call never leaves the machine, and the URL's host is only text. */
export interface ServiceBinding {
  fetch(request: Request | string, init?: RequestInit): Promise<Response>;
}
