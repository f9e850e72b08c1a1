// What is still needed is not tidied away, what nothing refers to is.
import { expect, it } from 'vitest';
import { historyKept } from '../../src/decide/settle.ts';
import { deploymentKey, releaseKey, toldKey } from '../../src/engine/keys.ts';
import { pruneQuietly } from '../../src/engine/prune.ts';
import { revisionOf } from '../../src/model/deployment.ts';
import { scopeKey } from '../../src/model/instance.ts';
import { aDeployment, aRelease, aRollout, aService, aTarget, scope } from '../kit/specs.ts';
import { createWorld, snapshotOf } from '../kit/world.ts';

it('keeps the releases that a deployment left behind when it ended mixed, though nothing of them runs, and tells the runtime which it keeps', async () => {
  const { engine, store, fake, stop } = await createWorld();
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
  expect(new Set(fake.kept())).toEqual(new Set(['live', 'mixed'].map((code) => aRelease(spec, code).id)));
  await stop();
});

it('O-09 of many releases those that a rollback reaches stay, and the one that runs whatever its age', async () => {
  const { engine, store, deploy, outcome, stop } = await createWorld();
  const [api, web] = [aService(), aService({ name: 'web' })];
  const names = async () => new Set((await store.list('release')).map((one) => one.value.id));
  await outcome(await deploy([api, web], 'first'));
  const releases: string[] = [];
  for (let nth = 1; nth <= historyKept + 5; nth += 1) {
    releases.push(aRelease(api, `v${nth}`).id);
    const artifacts = { api: snapshotOf(`v${nth}`), web: snapshotOf('first') };
    const spec = { ...scope, runtime: 'fake', approval: 'none', services: [api, web] } as const;
    const plan = await engine.planner.deploy(spec, artifacts, 'user:test');
    expect((await outcome(await engine.deployments.apply(plan.id, 'user:test'))).outcome).toBe('succeeded');
  }
  // A plan that may still be applied needs its releases, too; and an instance whose record is kept.
  await store.commit((await store.list('plan')).map(({ key }) => ({ op: 'delete', kind: 'plan', key }) as const));
  await pruneQuietly(engine.ports);
  const kept = [...releases.slice(-(historyKept + 1)), aRelease(web, 'first').id];
  expect(await names()).toEqual(new Set(kept));
  await stop();
});

it('keeps the release of a deployment that failed as long as it has hooks to call, and no longer', async () => {
  const { engine, store, stop } = await createWorld();
  const spec = aService({ hooks: { on_failure: [{ kind: 'command', command: ['node', 'tell.js'], deadline: 10_000 }] } });
  const rollout = aRollout(aTarget(spec, 'live'), aTarget(spec, 'failed'));
  const failed = aDeployment([{ ...rollout, from: undefined }], { number: 3, outcome: 'failed' });
  const kept = async () => (await store.list('release')).map((one) => one.value.id);
  const told = (number: number) => ({ op: 'put', kind: 'singleton', key: toldKey(scope), value: { number } }) as const;
  const environment = { scope, runtime: 'fake', services: {}, lastNumber: 3, history: [] };
  const release = aRelease(spec, 'failed');
  await store.commit([
    { op: 'put', kind: 'environment', key: scopeKey(scope), value: environment },
    { op: 'put', kind: 'deployment', key: deploymentKey(scope, 3), value: failed },
    { op: 'put', kind: 'release', key: releaseKey(scope.application, release.id), value: release },
    told(2),
  ]);
  await pruneQuietly(engine.ports);
  expect(await kept()).toEqual([release.id]);
  await store.commit([told(3)]);
  await pruneQuietly(engine.ports);
  expect(await kept()).toEqual([]);
  await stop();
});
