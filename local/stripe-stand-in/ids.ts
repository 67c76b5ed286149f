import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `length` random characters of Stripe's id alphabet (letters and digits). */
export function randomAlphanumeric(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) {
    // 256 is no multiple of 62, so some letters come a little more often: these are names, not secrets.
    text += ALPHABET[byte % ALPHABET.length];
  }
  return text;
}

/** An object id with Stripe's prefix and length, for example `pi_3` and 23 characters. */
export function newId(
  prefix:
    | 'pi_3'
    | 'ch_3'
    | 'py_3'
    | 're_3'
    | 'pyr_1'
    | 'evt_1'
    | 'txn_3'
    | 'li_1'
    | 'price_1'
    | 'shr_1'
    | 'pm_1'
    | 'sub_1'
    | 'in_1'
    | 'ii_1'
    | 'il_1'
    | 'inpay_1'
    | 'dp_1',
): string {
  return `${prefix}${randomAlphanumeric(23)}`;
}

/** Ids of the catalogue, the customers and what they subscribe to, which are shorter: `cus_` and 14 characters. */
export function newShortId(prefix: 'cus_' | 'prod_' | 'req_' | 'si_'): string {
  return `${prefix}${randomAlphanumeric(14)}`;
}

/** A test-mode Checkout Session id. */
export function newSessionId(): string {
  return `cs_test_a1${randomAlphanumeric(56)}`;
}
