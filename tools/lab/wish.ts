// What the lab was asked for on its command line.
import { parseArgs } from 'node:util';

export interface Wish {
  readonly nodes: number;
  readonly keep: boolean;
  readonly prove: boolean;
  readonly write: string | undefined;
  /** To be run in the lab; empty: none. */
  readonly command: readonly string[];
}

export const usage = 'npm run lab -- NODES [--keep | --prove [--write FILE] | -- CMD ARGUMENT …], for example npm run lab -- 3 --keep';
const mostNodes = 50;
const options = {
  keep: { type: 'boolean', default: false },
  prove: { type: 'boolean', default: false },
  write: { type: 'string' },
} as const;

/** Errors: in one line, for what makes no sense. */
export function wishFrom(words: readonly string[]): Wish {
  const at = words.indexOf('--');
  const [own, command] = at < 0 ? [words, undefined] : [words.slice(0, at), words.slice(at + 1)];
  const { values, positionals } = parseArgs({ args: [...own], options, allowPositionals: true });
  const { keep, prove, write } = values;
  if ([keep, prove, command !== undefined].filter(Boolean).length > 1) throw new Error('choose one of --keep, --prove and a command');
  if (command?.length === 0) throw new Error('there is no command after --');
  if (write !== undefined && !prove) throw new Error('--write is for what --prove has measured');
  return { nodes: nodesFrom(positionals), keep, prove, write, command: command ?? [] };
}

function nodesFrom([count = '', ...rest]: readonly string[]): number {
  const nodes = /^\d{1,3}$/.test(count) ? Number(count) : 0;
  if (nodes < 1 || nodes > mostNodes || rest.length > 0) throw new Error(`how many nodes? 1 to ${mostNodes}`);
  return nodes;
}
