// The schema, step by step: the file's `user_version` says how many steps it has behind it. Steps are only ever added at the end.
import type { DatabaseSync } from 'node:sqlite';
import { CodeError } from '../../../base/errors.ts';

/** Marks a SQLite file as ours (`CODE` in ASCII), so that somebody else's is never changed. */
export const applicationId = 0x434f4445;

/**
 * `document`, `lease`: no row ids, so that a table is one tree in the order of its key and no index can disagree with it.
 * `ledger`: one row; the event counter, and how many rows there are with the sum of their checksums (see seal.ts).
 */
const first = `
  CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE event (sequence INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, token INTEGER NOT NULL, expires_at REAL NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE ledger (id INTEGER PRIMARY KEY CHECK (id = 1), last_event INTEGER NOT NULL, rows INTEGER NOT NULL, sum INTEGER NOT NULL)
    STRICT;
  INSERT INTO ledger VALUES (1, 0, 0, 0);
`;

export const migrations: readonly string[] = [first];

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

/** Brings a file up to date; each step is durable with its number or not there at all. */
export function migrate(database: DatabaseSync): void {
  for (let version = schemaVersion(database); version < migrations.length; version = schemaVersion(database)) {
    database.exec('BEGIN IMMEDIATE');
    try {
      // Somebody else may have taken the same step between our look and our lock.
      if (schemaVersion(database) === version) database.exec(`${migrations[version] ?? ''}; PRAGMA user_version = ${version + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Errors: `store_newer`; `store_unavailable` for an older file that only reading is allowed of. */
export function checkSchema(version: number, file: string, readOnly: boolean): void {
  const [found, known] = [version, migrations.length];
  if (found > known)
    throw new CodeError(
      'store_newer',
      `The store ${file} has schema version ${found}; this engine knows versions up to ${known}. A newer engine wrote it.`,
      {
        hint: 'Install the newer engine again, or bring back a backup of the older one with `codectl backup restore`.',
        details: { file, found, known },
      },
    );
  if (found < known && readOnly)
    throw new CodeError('store_unavailable', `The store ${file} has schema version ${found}; version ${known} is needed to read it.`, {
      hint: 'Start the engine once with `codectl up`; it brings the file up to date.',
      details: { file, found, known },
    });
}
