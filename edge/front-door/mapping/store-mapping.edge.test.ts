import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type MappingRefusal,
  refuseDeletion,
  refuseInContext,
  refuseSettings,
} from './mapping.rules.ts';
import { readHistory } from './read-history.ts';
import { listMappings, readHostState } from './read-mapping.ts';
import { storeDeletion, storeMapping } from './store-mapping.ts';
import { AUTHOR, type HostStores, mappingAt, startHostStores } from './testing/host-stores.ts';
import { breaches, type HostWrite, hostWrites } from './testing/mapped-hosts.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');

let stores: HostStores;

beforeAll(async () => {
  stores = await startHostStores();
});
afterAll(() => stores?.dispose());
beforeEach(() => stores.clear());

const EVERYTHING = { shopId: null, kind: null, mode: null, after: '', limit: 100 };

async function everything() {
  return (await listMappings(stores.database, EVERYTHING)).items;
}

/** What D1 should hold, kept beside it, with the last version of each host. */
class Model {
  readonly mapped = new Map<string, HostMapping>();
  readonly #lastVersions = new Map<string, number>();

  /** Null for a deletion of what is not there. */
  refuse(write: HostWrite): MappingRefusal | 'allowed' | null {
    const host = write.kind === 'put' ? write.settings.host : write.host;
    const dependants = [...this.mapped.values()].filter(
      (other) => other.canonicalHost === host && other.host !== host,
    );
    if (write.kind === 'put') {
      const canonical = this.mapped.get(write.settings.canonicalHost) ?? null;
      return refuseInContext(write.settings, { canonical, dependants }) ?? 'allowed';
    }
    return this.mapped.has(host) ? (refuseDeletion(host, dependants) ?? 'allowed') : null;
  }

  nextVersion(host: string): number {
    return (this.#lastVersions.get(host) ?? 0) + 1;
  }

  /** Writes without asking the rules, as a writer does whose reads of the other hosts are out of date by then. */
  async store(write: HostWrite): Promise<boolean> {
    const host = write.kind === 'put' ? write.settings.host : write.host;
    const present = this.mapped.get(host) ?? null;
    const version = this.nextVersion(host);
    const { database } = stores;
    if (write.kind === 'put') {
      const mapping = mappingAt(write.settings, version);
      if (!(await storeMapping(database, mapping, present, AUTHOR))) return false;
      this.mapped.set(host, mapping);
    } else {
      if (present === null) return false;
      const change = { version, at: NOW.toISOString() };
      if (!(await storeDeletion(database, present, change, AUTHOR))) return false;
      this.mapped.delete(host);
    }
    this.#lastVersions.set(host, version);
    return true;
  }
}

describe('the transaction itself', () => {
  test('takes what the rules allow, and nothing else', { timeout: 300_000 }, async () => {
    const seen = { stored: 0, refused: 0, deleted: 0 };
    const valid = hostWrites.filter(
      (write) =>
        write.kind === 'delete' ||
        refuseSettings(write.settings, { reservedHosts: [], now: NOW }) === null,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(valid, { minLength: 20, maxLength: 30 }), async (writes) => {
        await stores.clear();
        const model = new Model();
        for (const write of writes) {
          const refusal = model.refuse(write);
          if (refusal === null) continue;
          const stored = await model.store(write);
          expect(stored, JSON.stringify({ write, refusal })).toBe(refusal === 'allowed');
          seen[!stored ? 'refused' : write.kind === 'put' ? 'stored' : 'deleted'] += 1;
        }
        const inDatabase = await everything();
        expect(inDatabase).toEqual(
          [...model.mapped.values()].sort((a, b) => (a.host < b.host ? -1 : 1)),
        );
        expect(breaches(inDatabase)).toEqual([]);
      }),
      { numRuns: 10 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
  });

  test('stores of two writes of one version the first, with its audit row alone', async () => {
    const host = 'a.localhost';
    const first = mappingAt({ host }, 1);
    const second = mappingAt({ host, shopId: 'borealis' }, 1);
    expect(await storeMapping(stores.database, first, null, AUTHOR)).toBe(true);
    expect(await storeMapping(stores.database, second, null, AUTHOR)).toBe(false);
    expect(await everything()).toEqual([first]);
    const history = await readHistory(stores.database, { host, before: null, limit: 10 });
    expect(history?.items).toHaveLength(1);
  });

  test('does not bring back what was deleted since it was read', async () => {
    const host = 'a.localhost';
    const first = mappingAt({ host }, 1);
    await storeMapping(stores.database, first, null, AUTHOR);
    const at = NOW.toISOString();
    expect(await storeDeletion(stores.database, first, { version: 2, at }, AUTHOR)).toBe(true);
    expect(await storeMapping(stores.database, mappingAt({ host }, 2), first, AUTHOR)).toBe(false);
    expect(await storeMapping(stores.database, mappingAt({ host }, 3), first, AUTHOR)).toBe(false);
    expect(await storeDeletion(stores.database, first, { version: 3, at }, AUTHOR)).toBe(false);
    expect(await everything()).toEqual([]);
    expect((await readHostState(stores.database, first)).lastVersion).toBe(2);
  });

  test('fails as a whole, and loudly, where D1 refuses for another reason', async () => {
    const broken = { ...mappingAt({ host: 'a.localhost' }, 1), mode: 'open' } as never;
    await expect(storeMapping(stores.database, broken, null, AUTHOR)).rejects.toThrow(/CHECK/);
    const history = { host: 'a.localhost', before: null, limit: 10 };
    expect(await readHistory(stores.database, history)).toBeNull();
  });
});
