// Notices rows that vanished or changed without a commit: the number of all rows and the sum of their checksums, kept with every commit.
// SQLite's own check sees broken trees but neither altered text nor a page that was replaced by an older one. The sum is a multiset hash
// (Bellare, Micciancio: A new paradigm for collision-free hashing, 1997) over CRC-32: against bad disks, not against forgers.
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

export type Row = readonly (string | number)[];

export interface Seal {
  readonly rows: number;
  readonly sum: number;
}

const modulus = 2 ** 32;

/** What a transaction does to the seal. */
export class SealChange {
  #rows = 0;
  #sum = 0;

  add(row: Row): void {
    this.#rows += 1;
    this.#sum = (this.#sum + checksum(row)) % modulus;
  }

  remove(row: Row): void {
    this.#rows -= 1;
    this.#sum = (this.#sum - checksum(row) + modulus) % modulus;
  }

  /** The seal after this change; starts anew for the next transaction. */
  appliedTo(seal: Seal): Seal {
    const after = { rows: seal.rows + this.#rows, sum: (seal.sum + this.#sum) % modulus };
    this.reset();
    return after;
  }

  reset(): void {
    this.#rows = 0;
    this.#sum = 0;
  }
}

/** Counts and sums every row; reads the whole file once. */
export function sealOf(database: DatabaseSync): Seal {
  const change = new SealChange();
  for (const table of ['document', 'event', 'lease']) {
    const statement = database.prepare(`SELECT * FROM ${table}`);
    statement.setReturnArrays(true);
    for (const row of statement.iterate()) change.add([table, ...(row as unknown as Row)]);
  }
  return change.appliedTo({ rows: 0, sum: 0 });
}

function checksum(row: Row): number {
  return crc32(row.join('\0'));
}
