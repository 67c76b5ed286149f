import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { describe, expect, test } from 'vitest';
import { readPrecondition, refusePrecondition, tagOf } from './precondition.rules.ts';

const HOST = 'aurora.localhost';
const mapped: HostMapping = {
  host: HOST,
  shopId: 'aurora',
  canonicalHost: HOST,
  kind: 'canonical',
  mode: 'active',
  defaultLocale: 'en',
  locales: ['en'],
  version: 3,
  updatedAt: '2026-11-23T12:00:00.000Z',
  updatedBy: 'ada',
};

const read = (headers: Record<string, string>) => readPrecondition(new Headers(headers));

describe('reading a precondition', () => {
  test('nothing is asked where nothing is sent', () => {
    expect(read({})).toEqual({ ok: true, precondition: { kind: 'none' } });
  });

  test.each(['"3"', 'W/"3"', ' "3" '])('If-Match: %s is version 3', (tag) => {
    const precondition = { kind: 'version', version: 3 };
    expect(read({ 'if-match': tag })).toEqual({ ok: true, precondition });
  });

  test('what is read is what was written', () => {
    const precondition = { kind: 'version', version: 2_147_483_647 };
    expect(read({ 'if-match': tagOf(2_147_483_647) })).toEqual({ ok: true, precondition });
  });

  test('If-None-Match: * is a host that is not mapped', () => {
    expect(read({ 'if-none-match': '*' })).toEqual({
      ok: true,
      precondition: { kind: 'unmapped' },
    });
  });

  test.each(['3', '""', '"0"', '"03"', '"x"', '"3", "4"', '*', '"-3"', '"12345678901"'])(
    'If-Match: %s is malformed',
    (tag) => {
      expect(read({ 'if-match': tag })).toMatchObject({ ok: false, header: 'if-match' });
    },
  );

  test.each(['"3"', '**', ''])('If-None-Match: %s is malformed', (tag) => {
    expect(read({ 'if-none-match': tag })).toMatchObject({ ok: false, header: 'if-none-match' });
  });

  test('both at once contradict each other', () => {
    expect(read({ 'if-match': '"3"', 'if-none-match': '*' })).toMatchObject({ ok: false });
  });
});

describe('holding a write against the host', () => {
  test('a host that is not mapped is created, asked for or not', () => {
    expect(refusePrecondition({ kind: 'none' }, HOST, null)).toBeNull();
    expect(refusePrecondition({ kind: 'unmapped' }, HOST, null)).toBeNull();
  });

  test('the present version is replaced', () => {
    expect(refusePrecondition({ kind: 'version', version: 3 }, HOST, mapped)).toBeNull();
  });

  test('a mapped host is not overwritten unseen', () => {
    expect(refusePrecondition({ kind: 'none' }, HOST, mapped)).toEqual({
      code: 'precondition_required',
      detail:
        '"aurora.localhost" is mapped: version 3, written by ada at 2026-11-23T12:00:00.000Z. To change that one, send If-Match: "3".',
    });
  });

  test('a mapped host is not created', () => {
    expect(refusePrecondition({ kind: 'unmapped' }, HOST, mapped)).toEqual({
      code: 'precondition_failed',
      detail:
        '"aurora.localhost" is mapped: version 3, written by ada at 2026-11-23T12:00:00.000Z. If-None-Match: * asks for one that is not.',
    });
  });

  test.each([2, 4])('version %i is not version 3', (version) => {
    expect(refusePrecondition({ kind: 'version', version }, HOST, mapped)).toEqual({
      code: 'precondition_failed',
      detail: `"aurora.localhost" is at version 3, written by ada at 2026-11-23T12:00:00.000Z, and If-Match asks for version ${version}. Read it again before you write.`,
    });
  });

  test('a host that is gone has no version', () => {
    expect(refusePrecondition({ kind: 'version', version: 3 }, HOST, null)).toEqual({
      code: 'precondition_failed',
      detail:
        '"aurora.localhost" is not mapped, and If-Match asks for version 3. To map it, send If-None-Match: *.',
    });
  });
});
