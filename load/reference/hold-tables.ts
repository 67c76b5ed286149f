/**
 * The tables of the references: what ours have, in a schema of their own, without row-level security, checks of a
 * tenant or the shop's setting, so that a reference pays for nothing but its own work.
 */
export const HOLD_TABLES = `
create schema reference;
create table reference.stock (
  shop_id text not null, variant_key text not null, on_hand bigint not null, held bigint not null default 0,
  primary key (shop_id, variant_key), check (0 <= held and held <= on_hand));
create table reference.hold (
  shop_id text not null, hold_id text not null, order_id text, state text not null, expiry text not null,
  expires_at timestamptz not null, created_at timestamptz not null, ended_at timestamptz,
  primary key (shop_id, hold_id));
create index hold_due on reference.hold (shop_id, expires_at) where state = 'active' and expiry = 'clock';
create table reference.hold_line (
  shop_id text not null, hold_id text not null, variant_key text not null, quantity bigint not null,
  primary key (shop_id, hold_id, variant_key), foreign key (shop_id, hold_id) references reference.hold);
grant usage on schema reference to commerce_tenant;
grant select, insert, update, delete on all tables in schema reference to commerce_tenant;`;

export type NewHold = {
  readonly shopId: string;
  readonly holdId: string;
  readonly variantKey: string;
  readonly quantity: number;
  readonly expiresAt: Date;
  readonly now: Date;
};
