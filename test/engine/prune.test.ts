// What is still needed is not tidied away, what nothing refers to is.
import { expect, it } from 'vitest';
import { releaseKey } from '../../src/engine/keys.ts';
import { pruneQuietly } from '../../src/engine/prune.ts';
import { revisionOf } from '../../src/model/deployment.ts';
import { scopeKey } from '../../src/model/instance.ts';
import { aRelease, aService, aTarget, scope } from '../kit/specs.ts';
import { createWorld } from '../kit/world.ts';

it('keeps the releases that a deployment left behind when it ended mixed, though nothing of them runs', async () => {
  const { engine, store, stop } = await createWorld();
  const { ports } = engine;
  const spec = aService();
  const key = (code: string) => releaseKey(scope.application, aRelease(spec, code).id);
  const environment = {
    scope,
    runtime: 'fake',
    services: { api: aTarget(spec, 'live') },
    mixed: { api: { [revisionOf({ ...aTarget(spec, 'mixed'), generation: 2 })]: 1 } },
    lastNumber: 1,
    history: [],
  };
  await store.commit([
    { op: 'put', kind: 'environment', key: scopeKey(scope), value: environment },
    ...['live', 'mixed', 'gone'].map((code) => ({ op: 'put', kind: 'release', key: key(code), value: aRelease(spec, code) }) as const),
  ]);
  await pruneQuietly(ports);
  expect(new Set((await store.list('release')).map((one) => one.key))).toEqual(new Set([key('live'), key('mixed')]));
  await stop();
});
