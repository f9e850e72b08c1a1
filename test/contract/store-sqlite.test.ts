// The embedded store keeps the contract.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/adapters/store/sqlite/sqlite.ts';
import { storeContract } from './store.ts';

storeContract('sqlite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'store-contract-'));
  const store = await openSqliteStore({ file: join(directory, 'code.db') });
  return { store, discard: () => rm(directory, { recursive: true }) };
});
