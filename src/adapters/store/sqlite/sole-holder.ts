// One process per home: a lock of the operating system, taken through SQLite, that a crash cannot leave behind.
import { DatabaseSync } from 'node:sqlite';
import { CodeError } from '../../../base/errors.ts';
import { resultCode, storeFault } from './faults.ts';

/** SQLITE_BUSY, the low byte of all its variants. */
const busy = 5;

export interface Held {
  release(): void;
}

/** Holds the file's exclusive lock for as long as this process lives. Errors: `lease_lost` while another process holds it, `home_unwritable`. */
export function holdAlone(file: string, who: string): Held {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (thrown) {
    database?.close();
    if ((resultCode(thrown) ?? 0) % 256 === busy)
      throw new CodeError('lease_lost', `${who} runs already, or is starting.`, {
        hint: 'Use it, or stop it with "codectl down".',
        cause: thrown,
      });
    throw storeFault(thrown, file);
  }
  const held = database;
  return { release: () => held.close() };
}
