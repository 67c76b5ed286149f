/** The databases of a peer, on the benchmark's own server: one that is seeded once, and a copy of it for each opening. */
import type pg from 'pg';
import { asAdmin } from '../cluster.ts';

export type PeerDatabase = {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
};

export type PeerDatabases = {
  readonly seeded: PeerDatabase;
  /** A fresh copy of the seeded one, in place of the last copy. Nobody may be connected to either. */
  copy(): Promise<PeerDatabase>;
};

/** @param adminUrl the superuser's, of any database */
export async function createPeerDatabases(name: string, adminUrl: string): Promise<PeerDatabases> {
  const seededName = `${name}_seeded`;
  const saleName = `${name}_sale`;
  await asAdmin(adminUrl, (admin) => admin.query(`create database ${seededName}`));
  return {
    seeded: databaseAt(adminUrl, seededName),
    copy: async () => {
      await asAdmin(adminUrl, async (admin) => {
        await admin.query(`drop database if exists ${saleName} with (force)`);
        await admin.query(`create database ${saleName} template ${seededName}`);
      });
      return databaseAt(adminUrl, saleName);
    },
  };
}

function databaseAt(adminUrl: string, name: string): PeerDatabase {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql, values = []) =>
      asAdmin(url.href, async (admin) => (await admin.query(sql, values)).rows),
  };
}
