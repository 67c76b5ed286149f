import { spawn } from 'node:child_process';

/** How wrangler is started: the program, and what stands before its own arguments. */
export interface WranglerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** A run that has ended; output is empty where it went to the terminal. */
export interface WranglerEnd {
  readonly ok: boolean;
  /** `exit code 1`, or why it could not be started. */
  readonly how: string;
  readonly output: string;
}

const SILENT = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
};

/** For a run that needs no account: without any credential of the shell, and with a home folder of its own. */
export function offlineEnv(home: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { CI: 'true', ...SILENT };
  for (const name of ['PATH', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG', 'TZ']) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  for (const name of ['HOME', 'USERPROFILE', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'APPDATA']) {
    env[name] = home;
  }
  return env;
}

/** For a run that changes things: with the operator's own login or CLOUDFLARE_API_TOKEN. */
export function operatorEnv(): NodeJS.ProcessEnv {
  return { ...process.env, ...SILENT };
}

/**
 * Runs wrangler to its end. Never rejects.
 * @param terminal whether it speaks with the terminal, and may ask there, or is listened to
 */
export function runWrangler(
  wrangler: WranglerCommand,
  args: readonly string[],
  { cwd, env, terminal }: { cwd: string; env: NodeJS.ProcessEnv; terminal: boolean },
): Promise<WranglerEnd> {
  const child = spawn(wrangler.command, [...wrangler.args, ...args], {
    cwd,
    env,
    stdio: terminal ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((done) => {
    child.once('error', (error) => done({ ok: false, how: error.message, output }));
    child.once('close', (code, signal) =>
      done({ ok: code === 0, how: signal ?? `exit code ${code}`, output }),
    );
  });
}
