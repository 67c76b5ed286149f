// Loaded with --import into every process that the local platform starts, so that the programs themselves need not
// know: when the platform goes away, even by SIGKILL, the IPC channel closes, and the process ends itself as if it
// had been asked to.
const HARD_END_AFTER_MS = 5_000;

if (process.channel) {
  process.on('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), HARD_END_AFTER_MS).unref();
  });
  // The channel alone must not keep a program alive that has done its work.
  process.channel.unref();
}
