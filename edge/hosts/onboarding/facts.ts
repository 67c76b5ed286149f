import type { HostMapping, ShopRecord } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** How a host comes to us: under the platform's own zone, as a domain of the shop, or as a campaign's domain. */
export type Way = 'umbrella' | 'apex' | 'vanity';
export const WAYS: readonly Way[] = ['umbrella', 'apex', 'vanity'];

/** Who holds the DNS zone: we (the zone is in our account), or its owner (a custom hostname of ours). */
export type Holder = 'custom-hostname' | 'zone';
export const HOLDERS: readonly Holder[] = ['custom-hostname', 'zone'];

/** Where a look was not worth while, and why. */
export interface NotLooked {
  readonly kind: 'not_looked';
  readonly why: string;
}

/** The look itself did not succeed, which says something too. */
export interface Failed {
  readonly kind: 'failed';
  readonly why: string;
}

export interface Addresses {
  readonly kind: 'addresses';
  readonly addresses: readonly string[];
  /** Those that are not the platform's. */
  readonly foreign: readonly string[];
}

export interface Certificate {
  readonly kind: 'certificate';
  /** Null where a browser would accept it for this name, else why it would not. */
  readonly refusal: string | null;
  readonly validTo: Date;
  readonly issuer: string;
}

/** An answer as it came. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

export type AddressFact = Addresses | Failed | NotLooked;
export type CertificateFact = Certificate | Failed | NotLooked;
export type AnswerFact = Answer | Failed | NotLooked;

/** What is true now: everything that a step is judged by. */
export interface Facts {
  readonly host: string;
  /** A *.localhost name: no DNS, no certificate, plain http. */
  readonly local: boolean;
  readonly way: Way | null;
  readonly holder: Holder;
  /** The zone that umbrella hosts are in, and the custom hostnames of all others. */
  readonly platformZone: string;
  /** What a custom hostname points at. */
  readonly target: string;
  readonly shopId: string;
  readonly shop: ShopRecord | null;
  readonly mapping: HostMapping | null;
  /** Why the control plane would not map the host; null where it would, or where it is mapped. */
  readonly refusal: string | null;
  readonly addresses: AddressFact;
  readonly certificate: CertificateFact;
  /** `/.well-known/front-door` */
  readonly frontDoor: AnswerFact;
  /** `/`; where an active shop sends a browser on to its language, the page that follows. */
  readonly page: AnswerFact;
  /** `/` over plain http */
  readonly plain: AnswerFact;
  /** Where the looks from outside went instead of where DNS leads; null where they followed DNS. */
  readonly edge: string | null;
  readonly now: Date;
  /** A write holds everywhere after so long. */
  readonly settlesMs: number;
}
