// What becomes of a task whose start may be under way when nobody wants it any more.
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

interface Found {
  readonly inDriver: readonly string[];
}

/** A task whose start was under way when its engine ended, and what the next engine's driver finds of it. */
async function calledOff({ inDriver }: Found) {
  const told: string[] = [];
  const driver: Instances = {
    name: 'waiting',
    start: async ({ id, replicaSet: { id: replicaSet } }) => ({ id, replicaSet, ...stillStarting }),
    inspect: async (records) => records,
    strays: async (known) => inDriver.filter((id) => !known.has(id)).map((id) => ({ ...stillStarting, id, replicaSet: 'any' })),
    stop: async ({ id }) => void told.push(`stop ${id}`),
    giveUp: async (id) => void told.push(`give up ${id}`),
    forget: async ({ id }) => void told.push(`forget ${id}`),
    onChange: () => () => undefined,
  };
  const [store, clock, { signal }] = [openMemoryStore(), new ManualClock(), new AbortController()];
  const lease = await store.acquireLease('engine', 'test', clock.now(), Number.MAX_SAFE_INTEGER);
  const journal = new Journal(store, () => ({ name: 'engine', token: lease?.token ?? 0 }));
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const woken = Promise.withResolvers<void>();
  const shared = { driver, clock, log: quiet, secrets: async () => ({}), surroundings: async () => ({}), wake: () => woken.resolve() };
  const book = new TaskBook({ ...shared, known: () => new Set([...book.ids(), 'web-1']) }, journal, signal);
  await book.start({ id: 'job-1', task: 'task-1', scope: { application: 'shop', environment: 'test' }, release }, signal);
  book.stop('job-1', 1_000);
  await woken.promise;
  expect({ known: book.ids(), seen: await book.inspect('job-1', signal), stored: await store.list('instance') }).toEqual({
    known: [],
    seen: undefined,
    stored: [],
  });
  return told;
}

it('is given up at the driver, and leaves no record', async () => {
  expect(await calledOff({ inDriver: [] })).toEqual(['give up job-1']);
});

it('is stopped if it came about after all, and nobody else is', async () => {
  expect(await calledOff({ inDriver: ['web-1', 'job-1', 'job-2'] })).toEqual(['give up job-1', 'stop job-1', 'forget job-1']);
});

const stillStarting = { generation: 0, state: 'starting', ready: false, startedAt: 0, driver: 'waiting', handle: {} } as const;
