// From a path to an open database that was checked: created whole, found sound, brought up to date.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CodeError } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';
import { ensureDirectory, removeIfExists } from '../../../platform/files.ts';
import { makeFilePrivate, makePrivateFile, publishFile } from '../../../platform/private-file.ts';
import { corrupt, resultCode } from './faults.ts';
import { applicationId, checkSchema, migrate, schemaVersion } from './migrations.ts';
import { sealOf } from './seal.ts';
import { SqliteTables } from './tables.ts';

/** How long a call waits (and the process with it: SQLite is synchronous) while another process writes. */
const busyTimeout = 2000;

/** Errors: `store_corrupt`, `store_newer`, `store_unavailable`, `home_unwritable`, `disk_full`, or what SQLite throws. */
export async function openFile(file: string, readOnly: boolean): Promise<DatabaseSync> {
  if (!existsSync(file)) await createMissing(file, readOnly);
  // SQLite takes an empty file for a new database. Ours get their name only once they are not empty, so this one lost its content.
  const { size } = regularFile(file);
  if (size === 0) throw corrupt(file, 'the file is empty');
  // Checked through a connection that cannot write: closing another one would fold a damaged log into the file and so destroy evidence.
  inspect(file, readOnly);
  if (readOnly) return connect(file, true);
  await makeFilePrivate(file);
  const database = connect(file, false);
  try {
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function regularFile(file: string): { readonly size: number } {
  const found = statSync(file);
  if (found.isFile()) return found;
  throw new CodeError('home_unwritable', `The store ${file} cannot be opened: it is no file.`, {
    hint: 'Move it away or choose another directory with --home.',
    details: { file },
  });
}

async function createMissing(file: string, readOnly: boolean): Promise<void> {
  if (existsSync(`${file}-wal`)) throw corrupt(file, 'the file is gone, but its log (-wal) is there');
  if (readOnly)
    throw new CodeError('store_unavailable', `There is no store at ${file}.`, {
      hint: 'Start the engine once with `codectl up`, or name its directory with --home.',
      details: { file },
    });
  await ensureDirectory(dirname(file));
  const unfinished = `${file}.new-${randomText(8)}`;
  try {
    await makePrivateFile(unfinished);
    fill(unfinished, file);
  } catch (error) {
    await removeIfExists(unfinished);
    throw error;
  }
  await publishFile(unfinished, file);
}

function fill(unfinished: string, file: string): void {
  const database = new DatabaseSync(unfinished);
  try {
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
    if (mode !== 'wal')
      throw new CodeError('store_unavailable', `The file system of ${file} cannot hold a write-ahead log.`, {
        hint: 'Keep --home on a local disk.',
      });
    database.exec(`PRAGMA application_id = ${applicationId}`);
    migrate(database);
  } finally {
    database.close();
  }
}

/** The mark and the schema are looked at before the rest: an unknown schema cannot be judged. */
function inspect(file: string, readOnly: boolean): void {
  const database = connect(file, true);
  try {
    const owner = Number(database.prepare('PRAGMA application_id').get()?.application_id);
    if (owner !== applicationId) throw corrupt(file, 'it is not a store of this engine');
    const version = schemaVersion(database);
    if (version === 0) throw corrupt(file, 'it has no schema');
    checkSchema(version, file, readOnly);
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (verdict !== 'ok') throw corrupt(file, String(verdict));
    checkSeal(database, file);
  } catch (error) {
    // SQLITE_ERROR can only mean here that a table or column is not what the schema version promises.
    throw resultCode(error) === 1 ? corrupt(file, String(error), error) : error;
  } finally {
    database.close();
  }
}

function checkSeal(database: DatabaseSync, file: string): void {
  database.exec('BEGIN');
  const [kept, found] = [new SqliteTables(database).seal, sealOf(database)];
  database.exec('COMMIT');
  if (kept.rows !== found.rows) throw corrupt(file, `${kept.rows} rows were committed, ${found.rows} are there`);
  if (kept.sum !== found.sum) throw corrupt(file, 'the content of a row is not what was committed');
}

function connect(file: string, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout: busyTimeout, enableForeignKeyConstraints: true });
  try {
    // FULL: the log is synced at each commit, so that an acknowledged commit survives the loss of power.
    database.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
