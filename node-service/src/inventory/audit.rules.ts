/** What must be true of a variant's units, whatever happened. */
import type { AuditFinding } from '@commerce/generated/ops-v1/client/types.gen.ts';

export type VariantUnits = {
  readonly variantKey: string;
  /** The sum of all changes of stock. */
  readonly stocked: number;
  /** Of committed holds that were not returned. */
  readonly sold: number;
  /** Of active holds. */
  readonly held: number;
  readonly onHand: number;
  /** As the stock's own row has it. */
  readonly markedHeld: number;
};

/** Every contradiction among the figures of one variant. */
export function variantFindings(units: VariantUnits): AuditFinding[] {
  const { variantKey: subject, stocked, sold, held, onHand, markedHeld } = units;
  const findings: AuditFinding[] = [];
  if (onHand + sold !== stocked)
    findings.push({
      kind: 'stock_does_not_add_up',
      subject,
      detail: `${stocked} were stocked; ${onHand} are on hand and ${sold} are sold`,
    });
  if (markedHeld !== held)
    findings.push({
      kind: 'held_does_not_match_holds',
      subject,
      detail: `${markedHeld} are marked as held, and active holds have ${held}`,
    });
  if (sold + held > stocked)
    findings.push({
      kind: 'units_oversold',
      subject,
      detail: `${stocked} were stocked; ${sold} are sold and ${held} are held`,
    });
  return findings;
}
