// What becomes of a task whose start is still under way when nobody wants it any more.
import { expect, it } from 'vitest';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Journal } from '../../src/engine/supervise/journal.ts';
import { TaskBook } from '../../src/engine/supervise/task-book.ts';
import type { Release } from '../../src/model/release.ts';
import { releaseOf } from '../../src/model/release.ts';
import type { Instances } from '../../src/ports/instances.ts';

const release: Release = releaseOf(
  'shop',
  'job',
  {
    artifact: { kind: 'image', reference: 'shop/job:1' },
    probe: { path: '/', interval: 1_000, timeout: 500, passes: 1, fails: 3, deadline: 60_000 },
    env: {},
    secrets: [],
    resources: {},
    stop: { drain: 0, grace: 1_000 },
    volumes: [],
  },
  0,
);

it('is given up at the driver, and leaves no record', async () => {
  const givenUp: string[] = [];
  const forgotten: string[] = [];
  const driver: Instances = {
    name: 'waiting',
    start: async ({ id, replicaSet: { id: replicaSet } }) => ({ id, replicaSet, ...stillStarting }),
    inspect: async (records) => records,
    strays: async () => [],
    stop: async () => undefined,
    giveUp: (id) => void givenUp.push(id),
    forget: async ({ id }) => void forgotten.push(id),
    onChange: () => () => undefined,
  };
  const [store, clock, { signal }] = [openMemoryStore(), new ManualClock(), new AbortController()];
  const lease = await store.acquireLease('engine', 'test', clock.now(), Number.MAX_SAFE_INTEGER);
  const journal = new Journal(store, () => ({ name: 'engine', token: lease?.token ?? 0 }));
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const told = { secrets: async () => ({}), surroundings: async () => ({}), wake: () => undefined };
  const book = new TaskBook({ driver, clock, log: quiet, ...told }, journal, signal);
  await book.start({ id: 'job-1', task: 'task-1', scope: { application: 'shop', environment: 'test' }, release }, signal);
  await book.forget('job-1');
  expect({ givenUp, forgotten, known: book.ids() }).toEqual({ givenUp: ['job-1'], forgotten: [], known: [] });
  expect(await store.list('instance')).toEqual([]);
});

const stillStarting = { generation: 0, state: 'starting', ready: false, startedAt: 0, driver: 'waiting', handle: {} } as const;
