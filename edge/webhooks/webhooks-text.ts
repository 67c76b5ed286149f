/** What people read. Whatever came from elsewhere is one line each, and moves no cursor. */
import type {
  DeadLetter,
  DeadLetterSummary,
  OperatorAct,
  StripeObject,
  WebhookEvent,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import { plainText } from '../operator-cli/plain-text.ts';

type Row = readonly string[];

/** Columns to the left, the last one as long as it is. */
export function table(header: Row, rows: readonly Row[]): string[] {
  const cells = [header, ...rows.map((row) => row.map(plainText))];
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const NONE = '-';

/** To the second: fractions are in `--json`. */
const moment = (at: string | undefined) =>
  at === undefined ? NONE : at.replace(/\.\d+(?=Z$)/, '');

export function letterLines(letters: readonly DeadLetterSummary[]): string[] {
  return table(
    ['letter', 'state', 'reason', 'shop', 'what', 'times', 'last', 'reference'],
    letters.map((letter) => [
      letter.deadLetterId,
      letter.state,
      letter.reason,
      letter.shopId ?? NONE,
      letter.eventType ?? letter.source,
      String(letter.occurrences),
      moment(letter.updatedAt),
      letter.reference,
    ]),
  );
}

/** All but what it holds. */
export function wholeLetterLines(letter: DeadLetter): string[] {
  const { candidateShops, objects, detail } = letter;
  const candidates =
    candidateShops.length === 0 ? [] : [`  may be, without proof: ${candidateShops.join(', ')}`];
  const names = objects.map(({ stripeId, objectType, shopId }) => [
    `  ${stripeId}`,
    objectType,
    shopId ?? "nobody's yet",
  ]);
  return [
    ...letterLines([letter]),
    '',
    `  ${plainText(detail)}`,
    `  first ${moment(letter.createdAt)}`,
    ...candidates.map(plainText),
    ...(names.length === 0 ? [] : ['', ...table(['  names', 'what', 'shop'], names)]),
  ];
}

export function objectLines(object: StripeObject): string[] {
  const { stripeId, objectType, shopId, state, orderId } = object;
  const order = orderId === undefined ? '' : `, of ${orderId}`;
  const by = (who: string | undefined, at: string | undefined, what: string) =>
    who === undefined ? [] : [`  ${what} ${moment(at)} by ${plainText(who)}`];
  return [
    `${stripeId}  ${plainText(objectType)}  ${shopId}  ${state}${order}`,
    ...by(object.proposedBy, object.proposedAt, 'said'),
    ...(object.reason === undefined ? [] : [`  ${plainText(object.reason)}`]),
    ...by(object.approvedBy, object.approvedAt, 'approved'),
  ];
}

export function eventLines(events: readonly WebhookEvent[]): string[] {
  return table(
    ['event', 'status', 'type', 'shop', 'by', 'tried', 'received', 'finished', 'door'],
    events.map((event) => [
      event.stripeEventId,
      event.status,
      event.eventType,
      event.shopId ?? NONE,
      event.resolvedBy ?? NONE,
      String(event.attempts),
      moment(event.receivedAt),
      moment(event.finishedAt),
      event.endpoint,
    ]),
  );
}

export function actLines(act: OperatorAct): string[] {
  const shop = act.shopId === undefined ? '' : `  ${act.shopId}`;
  return [
    `${moment(act.actedAt)}  ${act.kind}  ${plainText(act.subject)}${shop}`,
    `  ${plainText(act.reason)} · ${plainText(act.actedBy)} [request ${plainText(act.requestId)}]`,
  ];
}
