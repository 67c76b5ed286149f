/** Prints the steps of a start as they go: one changing line in a terminal, finished lines elsewhere. */
export type StepPrinter = {
  step(event: { what: string; seconds: number | undefined }): void;
  /** A message between the steps. */
  message(text: string): void;
  /** Finishes a line that a failed step left open. */
  end(): void;
};

const REDRAW_EVERY_MS = 1_000;
/** Without a terminal, a step that takes longer than this is named before it is done. */
const NAME_AFTER_MS = 5_000;

export function stepPrinter(
  output: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stdout,
): StepPrinter {
  let open: { what: string; startedMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const clearLine = () => {
    if (output.isTTY && open) output.write('\r\u001b[2K');
  };
  const drawOpen = () => {
    if (!open) return;
    const seconds = Math.round((Date.now() - open.startedMs) / 1000);
    const text = `  … ${open.what}${seconds > 0 ? ` (${seconds} s)` : ''}`;
    output.write(output.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  };
  const close = () => {
    clearInterval(timer);
    clearLine();
    open = undefined;
  };
  return {
    step: ({ what, seconds }) => {
      close();
      if (seconds !== undefined) {
        output.write(`  ✓ ${what} (${seconds.toFixed(1)} s)\n`);
        return;
      }
      open = { what, startedMs: Date.now() };
      if (output.isTTY) drawOpen();
      timer = setInterval(drawOpen, output.isTTY ? REDRAW_EVERY_MS : NAME_AFTER_MS);
    },
    message: (text) => {
      clearLine();
      output.write(`${text}\n`);
      if (output.isTTY) drawOpen();
    },
    end: close,
  };
}
