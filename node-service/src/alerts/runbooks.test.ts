import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TASKS } from '../jobs/tasks.ts';
import { DEAD_LETTER_REASONS } from '../webhooks/index.ts';
import { type AlertKind, RUNBOOKS } from './index.ts';

const ROOT = new URL('../../../', import.meta.url);
const MOST_LINES = 100;

/** Every reason that an alert of the kind can be raised with; of an order those that `needs_attention` is recorded with. */
const REASONS: Readonly<Record<AlertKind, readonly string[]>> = {
  dead_letter: DEAD_LETTER_REASONS,
  job_attempts_exhausted: Object.keys(TASKS),
  order_needs_attention: [
    'paid_without_stock',
    'paid_twice',
    'cart_paid_twice',
    'amount_mismatch',
    'refund_refused',
    'refund_failed',
  ],
  unresolved_tenant_events: ['over_threshold'],
  webhook_backlog: ['waiting', 'without_shop'],
};

const textOf = (page: string) => readFileSync(new URL(page, ROOT), 'utf8');
const kinds = Object.keys(RUNBOOKS) as AlertKind[];

describe.each(kinds)('the runbook of %s', (kind) => {
  test('is a page about it, of at most a hundred lines', () => {
    const lines = textOf(RUNBOOKS[kind]).trimEnd().split('\n');
    expect(lines[0]).toContain(`# Alert \`${kind}\``);
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
  });

  test('has one section for each reason, and no other', () => {
    const sections = [...textOf(RUNBOOKS[kind]).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(sections.sort()).toEqual([...REASONS[kind]].sort());
  });

  test('says how to look, and how to know that it is over', () => {
    const text = textOf(RUNBOOKS[kind]);
    expect(text).toContain('**Look');
    expect(text).toContain('**Over:**');
  });
});

test('there is no page that no alert leads to', () => {
  const pages = readdirSync(new URL('node-service/runbooks/', ROOT));
  expect(pages.sort()).toEqual(kinds.map((kind) => basename(RUNBOOKS[kind])).sort());
});
