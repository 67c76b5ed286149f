// Runs one Postgres server and stops it when whoever started it goes away, even by SIGKILL: its stdin is a pipe
// from that process, and a closed pipe is the signal. argv: JSON { command, args, uid?, gid?, stopTimeoutMs,
// removeOnStop? }.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const { command, args, uid, gid, stopTimeoutMs, removeOnStop } = JSON.parse(process.argv[2] ?? '');

// A session of its own: Ctrl-C in the terminal must reach the platform alone, which stops Postgres last.
const server = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
  ...(uid === undefined ? {} : { uid, gid }),
});

server.on('error', (error) => {
  console.error(`cannot run ${command}: ${error.message}`);
  process.exit(127);
});
server.on('exit', (code, signal) => {
  if (stopping && removeOnStop) rmSync(removeOnStop, { recursive: true, force: true });
  process.exit(signal ? 1 : (code ?? 1));
});

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  server.kill('SIGINT'); // fast shutdown: ends sessions, writes a checkpoint
  setTimeout(() => server.kill('SIGQUIT'), stopTimeoutMs).unref();
}

process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
process.on('SIGINT', () => {});
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
