/**
 * The named steps at which a test ends the process as `kill -9` would, to prove that the steps before it lose nothing.
 * Without `KILL_AT`, which the local environment alone accepts, reaching one does nothing.
 */
export type KillStep =
  /** It is decided, and nothing is written: the write and its commit travel together. */
  | 'allocator.before_commit'
  | 'checkout.after_placed'
  | 'checkout.before_stripe'
  | 'checkout.after_stripe'
  | 'checkout.after_session_recorded'
  /** The claim holds the answer, and nobody has it yet. */
  | 'checkout.before_answer'
  | 'recovery.before_expire'
  | 'recovery.before_abandon'
  /** Stripe has told how a session stands, or ended it, and nothing is written down. */
  | 'sync.after_stripe'
  | 'sync.after_facts'
  /** Stock has changed, and whatever else the facts ask for has not. */
  | 'settle.after_allocation'
  | 'refund.before_stripe'
  /** Stripe has made the refund, and nothing is written down. */
  | 'refund.after_stripe'
  | 'refund.after_facts'
  | 'webhook.before_received'
  | 'webhook.after_received'
  /** It is decided whose the waiting events are, or that nobody's: nothing of it is committed. */
  | 'webhook.before_resolved'
  | 'webhook.after_facts'
  | 'webhook.before_finished'
  /** Stripe has told which of two events of one second holds, and nothing is written down. */
  | 'billing.after_stripe'
  /** The sink may have heard of an alert, and nothing is written down. */
  | 'alert.after_post';

export type KillPoints = (step: KillStep) => void;

export function killPoints(killAt: string | undefined): KillPoints {
  if (killAt === undefined) return () => {};
  return (step) => {
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
  };
}
