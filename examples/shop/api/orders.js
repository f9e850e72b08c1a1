// Orders in SQLite, shared by every replica of the API and the worker. An order that was confirmed survives kill -9 and a power cut.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const columns = 'id, product, quantity, reference, created_at AS createdAt, shipped_at AS shippedAt';

/** Opens (or makes) the database in a directory. Other processes may have it open; each waits up to five seconds for its turn. */
export function openOrders(directory) {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'orders.db'), { timeout: 5_000 });
  useWriteAheadLog(database);
  database.exec(`
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS orders (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      product TEXT NOT NULL,
      quantity INTEGER NOT NULL,
      reference TEXT,
      created_at TEXT NOT NULL,
      shipped_at TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS orders_to_ship ON orders (id) WHERE shipped_at IS NULL;
  `);
  addReference(database);
  const insert = database.prepare(`INSERT INTO orders (product, quantity, reference, created_at) VALUES (?, ?, ?, ?) RETURNING ${columns}`);
  const one = database.prepare(`SELECT ${columns} FROM orders WHERE id = ?`);
  const after = database.prepare(`SELECT ${columns} FROM orders WHERE id > ? ORDER BY id LIMIT ?`);
  const newest = database.prepare(`SELECT ${columns} FROM orders ORDER BY id DESC LIMIT ?`);
  return {
    place: (product, quantity, reference) => insert.get(product, quantity, reference, new Date().toISOString()),
    find: (id) => one.get(id),
    after: (id, limit) => after.all(id, limit),
    newest: (limit) => newest.all(limit),
    check: () => one.get(0),
    close: () => database.close(),
  };
}

/** A database of a shop that knew no references yet; whoever is second finds it done. */
function addReference(database) {
  const known = () => database.prepare("SELECT 1 FROM pragma_table_info('orders') WHERE name = 'reference'").get() !== undefined;
  if (known()) return;
  try {
    database.exec('ALTER TABLE orders ADD COLUMN reference TEXT');
  } catch (error) {
    if (!known()) throw error;
  }
}

/** Of several processes that meet a new file at once, SQLite lets one switch and tells the others so at once, whatever the timeout. */
function useWriteAheadLog(database) {
  for (let left = 100; ; left -= 1)
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (left === 0 || !/locked|busy/i.test(error.message)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
}
