/** Options that more than one command line takes. */
import type { Call } from './command.ts';
import { UsageError } from './failure.ts';

type Given = Pick<Call<unknown>, 'text'>;

/** Why, for the audit. Throws a UsageError where it is missing: nobody else can say it. */
export function reasonFrom(call: Given): string {
  const reason = call.text('reason')?.trim();
  if (reason === undefined || reason.length < 3) {
    throw new UsageError('--reason "why, for the audit" is needed, 3 to 500 characters');
  }
  return reason;
}

/** @param least the smallest number that is taken */
export function numberFrom(call: Given, name: string, least: number): number | undefined {
  const given = call.text(name);
  if (given === undefined) return undefined;
  const number = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`--${name} is a whole number from ${least} on, and "${given}" is not`);
  }
  return number;
}
