/** Whether a shop's stock adds up, in one look: for an operator, and for whoever has just put it under load. */
import type {
  AuditFinding,
  AuditFindingKind,
  InventoryAudit,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { secondsAfter } from '../platform/clock.ts';
import type { ShopTx, TransactionLimits } from '../platform/db.ts';
import { type VariantUnits, variantFindings } from './audit.rules.ts';
import { FINDINGS, VARIANTS } from './audit-queries.ts';
import { skuOf } from './stock-rows.ts';

/** Sweeps, expiry and settling are done within seconds. What is still open after this is a fault. */
const SETTLED_AFTER_SECONDS = 60;
const MAX_FINDINGS_OF_A_KIND = 200;

/** It reads the whole history, and waits for nobody. A statement has less time than the gateway waits for them all. */
const LIMITS: TransactionLimits = {
  lockTimeoutMs: 1_000,
  statementTimeoutMs: 12_000,
  snapshot: true,
};

async function readVariants(tx: ShopTx): Promise<VariantUnits[]> {
  const rows = await tx.sql<Record<string, string>>(VARIANTS, [tx.shopId]);
  return rows.map((row) => ({
    variantKey: row.variant_key ?? '',
    stocked: Number(row.stocked),
    sold: Number(row.sold),
    held: Number(row.held),
    onHand: Number(row.on_hand),
    markedHeld: Number(row.marked_held),
  }));
}

async function readFindings(tx: ShopTx, settledBefore: Date): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for (const { kind, query, hasMoment } of FINDINGS) {
    const rows = await tx.sql<{ subject: string; detail: string }>(
      `${query} limit ${MAX_FINDINGS_OF_A_KIND}`,
      hasMoment ? [tx.shopId, settledBefore] : [tx.shopId],
    );
    findings.push(...rows.map(({ subject, detail }) => ({ kind, subject, detail })));
  }
  return findings;
}

function firstOfEachKind(findings: readonly AuditFinding[]): AuditFinding[] {
  const counts = new Map<AuditFindingKind, number>();
  return findings.filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count <= MAX_FINDINGS_OF_A_KIND;
  });
}

/** Reads everything as of one moment, and changes nothing. */
export async function auditInventory(
  deps: Pick<Deps, 'db' | 'clock'>,
  shopId: string,
): Promise<InventoryAudit> {
  const now = deps.clock.now();
  const settledBefore = secondsAfter(now, -SETTLED_AFTER_SECONDS);
  return deps.db.inShop(
    shopId,
    async (tx) => {
      const variants = await readVariants(tx);
      const findings = [
        ...variants.flatMap(variantFindings),
        ...(await readFindings(tx, settledBefore)),
      ];
      return {
        shopId,
        asOf: now.toISOString(),
        variants: variants.map(({ variantKey, stocked, sold, held, onHand, markedHeld }) => ({
          variantKey,
          sku: skuOf(variantKey),
          stocked,
          sold,
          held,
          free: onHand - markedHeld,
        })),
        findings: firstOfEachKind(findings),
      };
    },
    LIMITS,
  );
}
