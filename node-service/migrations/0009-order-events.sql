-- A payment that was canceled, a refund that Stripe has taken off its balance, and how a dispute stands and what it
-- moved, are facts of an order like all others.

alter table order_fact drop constraint order_fact_kind_check;
-- Not valid: every row so far met the narrower check, and none need be read again under the table's lock.
alter table order_fact add constraint order_fact_kind_check
  check (kind in ('session_completed', 'session_expired', 'session_refused', 'payment_succeeded', 'payment_processing',
                  'payment_failed', 'payment_canceled', 'payment_mismatched', 'cancel_requested', 'stock_taken_again',
                  'needs_attention', 'refund_due', 'refund_made', 'refund_refused', 'refund_pending', 'refund_succeeded',
                  'refund_failed', 'refund_taken', 'dispute_inquired', 'dispute_dropped', 'dispute_opened',
                  'dispute_lost', 'dispute_won', 'dispute_funds_withdrawn', 'dispute_funds_reinstated'))
  not valid;
