import { numberFrom } from '../operator-cli/options.ts';
import { DEFAULT_LIMIT } from './arguments.ts';
import type { Call } from './command.ts';
import type { Ops } from './ops.ts';

/** As many of the list as `--limit` allows: a line of JSON each, or what `lines` makes of them for a person. */
export async function printList<Item>(
  call: Call,
  ask: (ops: Ops) => AsyncIterable<Item>,
  lines: (items: readonly Item[]) => readonly string[],
  nothing: string,
): Promise<void> {
  const limit = numberFrom(call, 'limit', 1) ?? DEFAULT_LIMIT;
  const shown: Item[] = [];
  let isCut = false;
  for await (const item of ask(call.ops())) {
    if (shown.length === limit) {
      isCut = true;
      break;
    }
    shown.push(item);
  }
  if (shown.length === 0) call.terminal.note(nothing);
  else {
    const printed = call.isSet('json') ? shown.map((item) => JSON.stringify(item)) : lines(shown);
    for (const line of printed) call.terminal.print(line);
  }
  if (isCut) call.terminal.note(`There are older ones: --limit ${limit * 2}`);
}
