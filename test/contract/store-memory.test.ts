// The store in memory keeps the contract, whichever way it keeps its values.
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { storeContract } from './store.ts';

const discard = async () => undefined;
storeContract('memory', async () => ({ store: openMemoryStore(), discard }));
storeContract('memory, frozen', async () => ({ store: openMemoryStore({ frozen: true }), discard }));
