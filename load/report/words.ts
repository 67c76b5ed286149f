/** Figures as people read them. */

/** `1,234`, `0.5`. */
export function amount(value: number): string {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits });
}

/** Milliseconds as `0.4 ms`, `85 ms`, `1.2 s`, `30 s`. */
export function duration(ms: number): string {
  if (ms < 1_000)
    return `${ms.toLocaleString('en-GB', { maximumFractionDigits: ms < 10 ? 1 : 0 })} ms`;
  return `${(ms / 1_000).toLocaleString('en-GB', { maximumFractionDigits: ms < 10_000 ? 1 : 0 })} s`;
}

/** `sold_out` as `sold out`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}
