/** Two-sided 95 % quantiles of Student's t by degrees of freedom, from 1. */
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045,
];

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that the part `q`, 0 to 1, of the values does not exceed: `quantile(latencies, 0.99)` is their p99. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('a quantile of no values');
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * The 95 % interval of the ratio between two series measured in turn, by the mean of the logarithms of
 * the rounds' own ratios: what disturbs the machine for a while disturbs both sides of a round.
 */
export function pairedInterval(
  ours: readonly number[],
  reference: readonly number[],
): [number, number] {
  if (ours.length !== reference.length || ours.length < 2) {
    throw new RangeError(`${ours.length} and ${reference.length} rounds make no pairs`);
  }
  const logs = ours.map((value, round) => Math.log(value / (reference[round] ?? Number.NaN)));
  const count = logs.length;
  const mean = logs.reduce((sum, value) => sum + value, 0) / count;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = (T_95[count - 2] ?? 1.96) * Math.sqrt(variance / count);
  return [Math.exp(mean - half), Math.exp(mean + half)];
}
