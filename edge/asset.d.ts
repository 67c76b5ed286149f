/** What the bundler's `?asset` imports give: a file for the browser, addressed by the hash of its bytes. */
declare module '*?asset' {
  export const asset: {
    /** `/assets/<name>.<first 12 hex digits of SHA-256>.<js or css>` */
    readonly path: string;
    readonly contentType: string;
    readonly body: string;
  };
}
