/** Shows how far a step is: one line that changes in a terminal, a line now and then in a log. */
export type ProgressLine = {
  update(text: string): void;
  /** Replaces the line with its last text. */
  end(text: string): void;
};

const LOG_EVERY_MS = 15_000;
const REDRAW_EVERY_MS = 250;

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

export function progressLine(name: string, output: Output = process.stdout): ProgressLine {
  const startedMs = Date.now();
  let text = '';
  const seconds = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  const draw = () => {
    const line = `  ${name.padEnd(12)} ${seconds().padStart(6)}  ${text}`;
    if (output.isTTY) output.write(`\r\u001b[2K${line.slice(0, (output.columns || 80) - 1)}`);
    else output.write(`${line}\n`);
  };
  if (output.isTTY) draw();
  const timer = setInterval(draw, output.isTTY ? REDRAW_EVERY_MS : LOG_EVERY_MS);
  return {
    update: (next) => {
      text = next;
    },
    end: (last) => {
      clearInterval(timer);
      text = last;
      draw();
      if (output.isTTY) output.write('\n');
    },
  };
}
