/**
 * Something that a person must hear of. It is written in the transaction of what it tells of, so that neither is there
 * without the other; a platform loop adds alerts up and delivers them.
 */
import type { Deps } from '../deps.ts';
import type { PlatformTx, ShopTx } from '../platform/db.ts';
import { RUNBOOKS } from './runbooks.ts';

export type AlertKind =
  | 'dead_letter'
  | 'job_attempts_exhausted'
  | 'order_needs_attention'
  | 'unresolved_tenant_events'
  | 'webhook_backlog';

export type Alert = {
  readonly kind: AlertKind;
  /** The shop on fire; null where it is none's. */
  readonly shopId: string | null;
  /** With kind and shop, what is told of together. One of few: never an id. */
  readonly reason: string;
  /** What to look at: an event, an order, a job. */
  readonly reference: string;
  readonly detail: string;
};

const MAX_DETAIL = 500;

/** Counts and logs it; what a crash may lose of this, the table keeps. */
export function noteAlert(deps: Pick<Deps, 'metrics' | 'log'>, alert: Alert): void {
  const { kind, shopId, reason, reference, detail } = alert;
  deps.metrics.alerts.inc({ kind, shop: shopId ?? '', reason });
  deps.log.error('alert', { kind, shopId, reason, reference, detail, runbook: RUNBOOKS[kind] });
}

export async function raiseAlert(
  tx: PlatformTx,
  deps: Pick<Deps, 'config' | 'metrics' | 'log'>,
  alert: Alert,
): Promise<void> {
  const { kind, shopId, reason, reference, detail } = alert;
  await tx.sql(
    `insert into alert_occurrence (environment, kind, shop_id, reason, reference, detail)
     values ($1, $2, $3, $4, $5, $6)`,
    [deps.config.environment, kind, shopId, reason, reference, detail.slice(0, MAX_DETAIL)],
  );
  noteAlert(deps, alert);
}

/** In a shop's own transaction; whoever commits it notes it afterwards. */
export async function raiseShopAlert(tx: ShopTx, alert: Omit<Alert, 'shopId'>): Promise<void> {
  const { kind, reason, reference, detail } = alert;
  await tx.sql('select raise_alert($1, $2, $3, $4)', [
    kind,
    reason,
    reference,
    detail.slice(0, MAX_DETAIL),
  ]);
}
