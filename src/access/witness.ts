// Where the audit's chain ended, told a second time and outside the store: what shows that the store was cut back together with its own end mark.

import type { ChainHead } from '../base/chain.ts';
import { chainStart } from '../base/chain.ts';
import { appendLine, appendLineNow, readFileIfExists } from '../platform/files.ts';

export interface Witness {
  /** What it is called, for messages. */
  readonly name: string;
  /** Durable; before the first record of all. Errors: `disk_full`, `home_unwritable`. */
  begin(): Promise<void>;
  /** After a commit. Never fails: the records are written already, and the next head vouches for these as well. */
  note(head: ChainHead): Promise<void>;
  /** All heads that were noted so far; `undefined` when nothing was ever noted. */
  heads(): Promise<readonly ChainHead[] | undefined>;
}

/** One line for each head. It is only ever added to, and a line that a crash tore is passed over. */
export function fileWitness(path: string): Witness {
  return {
    name: path,
    begin: () => appendLine(path, lineOf(chainStart)),
    note: async (head) => {
      try {
        appendLineNow(path, lineOf(head));
      } catch {
        // Whatever the disk says: the caller's records are durable, and a call that was written down must not fail for this.
      }
    },
    heads: async () => (await readFileIfExists(path))?.split('\n').flatMap(headOf),
  };
}

function lineOf({ sequence, hash }: ChainHead): string {
  return `${sequence} ${hash}`;
}

function headOf(line: string): readonly ChainHead[] {
  const [, sequence, hash] = /^(\d{1,15}) ([\da-f]{64})$/.exec(line) ?? [];
  return sequence === undefined || hash === undefined ? [] : [{ sequence: Number(sequence), hash }];
}
