// The store in memory keeps the contract.
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { storeContract } from './store.ts';

storeContract('memory', async () => ({ store: openMemoryStore(), discard: async () => undefined }));
