/**
 * Bindings that plain workerd does not have, as modules of its own: on the real edge they are answered by the machine
 * itself, without a request to anywhere.
 */

/** Counts in windows of a fixed length, as Cloudflare's rate limiting binding does on each machine. */
export const RATE_LIMIT_MODULE = `
  const KEPT = 100_000;
  export default ({ limit, period }) => {
    let counts = new Map();
    let window = -1;
    return {
      async limit({ key }) {
        const now = Math.floor(Date.now() / (period * 1000));
        if (now !== window || counts.size > KEPT) {
          window = now;
          counts = new Map();
        }
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        return { success: count <= limit };
      },
    };
  };`;

/** Analytics Engine: a write returns at once, and what becomes of it is not the Worker's business. */
export const ANALYTICS_MODULE = `
  export default () => ({ writeDataPoint() {} });`;
