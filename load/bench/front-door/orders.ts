/** What the load process is told, and what it says. */
export interface TrafficOrder {
  readonly port: number;
  /** How many hosts are mapped: `shop-0.example` is asked for most. */
  readonly hosts: number;
  /** The part of the requests, 0 to 1, that ask for a random host which nobody has mapped. */
  readonly scanShare: number;
  readonly connections: number;
  readonly seconds: number;
  /** Whatever comes first, this or the time. */
  readonly maxRequests: number;
  readonly seed: number;
}

export interface TrafficReport {
  /** Answers to requests for mapped hosts. */
  known: number;
  /** Answers to the scan; each asked for a host of its own. */
  unknown: number;
  seconds: number;
  /** By `known 200`, `unknown 404`, … */
  statuses: Record<string, number>;
}

export function hostName(index: number): string {
  return `shop-${index}.example`;
}

const PATHS = [
  '/en/products/tee?size=m&colour=red',
  '/en/',
  '/en/products/mug',
  '/api/inventory/availability?variantKey=v1%3Atee%3Fcolor%3Dred%26size%3Dm',
];

/** What a browser sends through a content delivery network; the same to both sides. */
const HEADERS = [
  'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language: en-GB,en;q=0.7,de;q=0.3',
  'accept-encoding: gzip, br',
  'cookie: __Host-locale=en; consent=1',
  'x-forwarded-proto: https',
  'cf-ray: 9a1b2c3d4e5f6a7b-FRA',
  'cf-visitor: {"scheme":"https"}',
  'sec-fetch-dest: document',
  'sec-fetch-mode: navigate',
  'sec-fetch-site: same-origin',
].join('\r\n');

/** One GET. Every caller has one of some 60,000 addresses, so that no limit by address is met. */
export function requestBytes(request: {
  readonly index: number;
  readonly unknown: boolean;
  readonly seed: number;
  readonly random: () => number;
}): Buffer {
  const { index, unknown, seed, random } = request;
  const host = unknown ? `scan-${seed}-${index}.invalid` : hostName(index);
  const address = Math.floor(random() * 60_000);
  return Buffer.from(
    `GET ${PATHS[Math.floor(random() * PATHS.length)]} HTTP/1.1\r\nhost: ${host}\r\n` +
      `cf-connecting-ip: 198.18.${address >> 8}.${address & 255}\r\n${HEADERS}\r\n\r\n`,
    'latin1',
  );
}
