import type * as cli from '../operator-cli/command.ts';
import type { Ops } from './ops.ts';

export type Call = cli.Call<Ops>;
export type Command = cli.Command<Ops>;
