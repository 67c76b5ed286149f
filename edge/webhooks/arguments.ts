import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type {
  DeadLetterFilter,
  DeadLetterReason,
  DeadLetterSource,
  DeadLetterState,
  WebhookEventStatus,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Option } from '../operator-cli/command.ts';
import { UsageError } from '../operator-cli/failure.ts';
import type { Call } from './command.ts';

export const DEFAULT_LIMIT = 20;

export const REASON: Option = { value: 'TEXT', help: 'why, for the audit; always needed' };
export const APPLY: Option = { help: 'write' };
export const JSON_LINES: Option = { help: 'one a line, as the control plane has it' };
export const LIMIT: Option = {
  value: 'N',
  help: `this many at most; ${DEFAULT_LIMIT} where nothing is said`,
};

// Objects, so that the compiler counts their names.
const STATES = { open: 0, replayed: 0, discarded: 0 } satisfies Record<DeadLetterState, 0>;
const SOURCES = { webhook: 0, job: 0 } satisfies Record<DeadLetterSource, 0>;
const STATUSES = { received: 0, applied: 0, ignored: 0, dead_letter: 0 } satisfies Record<
  WebhookEventStatus,
  0
>;
const LETTER_REASONS = {
  unresolved_tenant: 0,
  contradicting_tenant: 0,
  unknown_order: 0,
  unknown_object: 0,
  unsupported_api_version: 0,
  attempts_exhausted: 0,
} satisfies Record<DeadLetterReason, 0>;

const said = (names: object) => Object.keys(names).join(', ');

export const SHOP: Option = { value: 'SHOP', help: 'of this shop alone' };
export const TYPE: Option = { value: 'TYPE', help: 'of events of this type: invoice.paid' };
export const STATE: Option = { value: 'STATE', help: said(STATES) };
export const STATUS: Option = { value: 'STATUS', help: said(STATUSES) };
/** What letters are chosen by; `--reason` is why something is done. */
export const LETTER_FILTERS: Readonly<Record<string, Option>> = {
  'letter-reason': { value: 'REASON', help: said(LETTER_REASONS) },
  source: { value: 'SOURCE', help: said(SOURCES) },
  shop: SHOP,
  type: TYPE,
};

type Given = Pick<Call, 'text'>;

function oneOf<Name extends string>(
  call: Given,
  option: string,
  names: Readonly<Record<Name, 0>>,
): Name | undefined {
  const given = call.text(option);
  if (given === undefined || Object.hasOwn(names, given)) return given as Name | undefined;
  throw new UsageError(`--${option} is one of ${said(names)}, and "${given}" is not`);
}

export const stateFrom = (call: Given) => oneOf(call, 'state', STATES);
export const statusFrom = (call: Given) => oneOf(call, 'status', STATUSES);

export function letterFilterFrom(call: Given): DeadLetterFilter {
  const reason = oneOf(call, 'letter-reason', LETTER_REASONS);
  const source = oneOf(call, 'source', SOURCES);
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(source === undefined ? {} : { source }),
    ...shopFilterFrom(call),
    ...typeFilterFrom(call),
  };
}

export function shopFilterFrom(call: Given): { shopId?: string } {
  const given = call.text('shop');
  return given === undefined ? {} : { shopId: shopFrom(given) };
}

export function typeFilterFrom(call: Given): { eventType?: string } {
  const given = call.text('type');
  if (given === undefined) return {};
  if (/^[a-z0-9_.]{1,100}$/.test(given)) return { eventType: given };
  throw new UsageError(`"${given}" is no type of an event: invoice.paid`);
}

export function shopFrom(text: string | undefined): string {
  if (text !== undefined && SHOP_ID_PATTERN.test(text)) return text;
  throw new UsageError(
    `"${text ?? ''}" is no shop's id: a small letter, then letters, digits, "-"`,
  );
}

export function letterFrom(text: string | undefined): string {
  if (text !== undefined && /^dl_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text))
    return text;
  throw new UsageError(`"${text ?? ''}" is no letter's id: dl_… of \`letters list\``);
}

/** Which kinds of objects can be a shop's, the control plane says. */
export function stripeIdFrom(text: string | undefined): string {
  if (text !== undefined && /^[a-z]{2,10}_[A-Za-z0-9_]{1,250}$/.test(text)) return text;
  throw new UsageError(`"${text ?? ''}" is no id of Stripe's: sub_…, cus_…, pi_…`);
}
