import type { AlertKind } from './raise-alert.ts';

/** What to do about it: a page of this repository. Each has a section for every reason that its alert can have. */
export const RUNBOOKS: Readonly<Record<AlertKind, string>> = {
  dead_letter: 'node-service/runbooks/dead-letter.md',
  job_attempts_exhausted: 'node-service/runbooks/job-attempts-exhausted.md',
  order_needs_attention: 'node-service/runbooks/order-needs-attention.md',
  unresolved_tenant_events: 'node-service/runbooks/unresolved-tenant-events.md',
  webhook_backlog: 'node-service/runbooks/webhook-backlog.md',
};
