// Ships what was ordered: takes unshipped orders from the database it shares with the API, a few at a time. It has no port.
// Settings: CODE_VOLUME_DATA (where orders.db is kept), SHIP_EVERY (milliseconds between looks).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

const { CODE_VOLUME_DATA = 'data', SHIP_EVERY = '250' } = process.env;
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

mkdirSync(CODE_VOLUME_DATA, { recursive: true });
const database = new DatabaseSync(join(CODE_VOLUME_DATA, 'orders.db'), { timeout: 5_000 });
console.log('worker waits for orders');

for (let ship; !stop.signal.aborted; ) {
  // The API makes the table; a worker that is first waits for it.
  ship ??= prepare();
  for (const { id, product, quantity } of ship?.all(new Date().toISOString()) ?? [])
    console.log(`shipped order ${String(id)}: ${String(quantity)} x ${String(product)}`);
  await pause(Number(SHIP_EVERY), undefined, { signal: stop.signal }).catch(() => undefined);
}
database.close();
console.log('worker stopped');

/** One statement finds and marks: however many workers there are, an order is shipped once. */
function prepare() {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'orders_to_ship'").get() === undefined) return undefined;
  database.exec('PRAGMA synchronous = FULL');
  return database.prepare(`
    UPDATE orders SET shipped_at = ?
    WHERE id IN (SELECT id FROM orders WHERE shipped_at IS NULL ORDER BY id LIMIT 50)
    RETURNING id, product, quantity`);
}
