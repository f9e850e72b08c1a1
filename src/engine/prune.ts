// Removes what nothing refers to any more: releases outside of history and live plans, their snapshots and images, old events and plans.
import { asCodeError } from '../base/errors.ts';
import type { Bytes } from '../base/units.ts';
import { parseRevision } from '../decide/converge.ts';
import type { ServiceTarget } from '../model/deployment.ts';
import type { Plan } from '../model/plan.ts';
import { treeOf } from '../model/release.ts';
import type { Change, Stored } from '../ports/store.ts';
import { oldEvidence } from './analysis/evidence.ts';
import { deploymentKey, releaseKey, toldKey } from './keys.ts';
import type { EnginePorts } from './ports.ts';

const eventsKept = 20_000;
const planRetention = 24 * 60 * 60_000;

async function prune(ports: EnginePorts): Promise<{ readonly trees: number; readonly bytes: Bytes }> {
  const { store, artifacts, runtimes, clock, fence } = ports;
  const now = clock.now();
  // Before what refers to them: a release that is stored while we look is nobody's leftover.
  const releases = await store.list('release');
  const plans = await store.list('plan');
  const used = new Set([
    ...usedByPlans(plans, now),
    ...(await usedByEnvironments(ports)),
    ...(await usedByInstances(ports)),
    ...(await usedByTasks(ports)),
    ...(await usedByHooks(ports)),
  ]);
  const changes: Change[] = [
    ...plans
      .filter((one) => now > one.value.expiresAt + planRetention)
      .map((one): Change => ({ op: 'delete', kind: 'plan', key: one.key, expect: one.version })),
    ...(await store.list('approval'))
      .filter((one) => now > one.value.expiresAt + planRetention)
      .map((one): Change => ({ op: 'delete', kind: 'approval', key: one.key, expect: one.version })),
    ...releases
      .filter((one) => !used.has(one.key))
      .map((one): Change => ({ op: 'delete', kind: 'release', key: one.key, expect: one.version })),
  ];
  for (const { value } of await store.list('environment')) changes.push(...(await oldEvidence(store, value)));
  if (changes.length > 0) await store.commit(changes, fence());
  await store.pruneEvents(eventsKept);
  const kept = releases.filter((one) => used.has(one.key)).map((one) => one.value);
  const freed = await artifacts.prune(new Set(kept.flatMap((one) => treeOf(one.run.artifact) ?? [])));
  for (const runtime of runtimes.values()) await runtime.tidy?.(kept);
  return freed;
}

function usedByPlans(plans: readonly Stored<Plan>[], now: number): readonly string[] {
  const valid = plans.map((one) => one.value).filter((plan) => now <= plan.expiresAt);
  return valid.flatMap((plan) => plan.changes.flatMap((change) => keysOf(plan.scope.application, [change.from, change.to])));
}

/** Live, in history, left behind by a deployment that ended mixed or went back, or in the one that runs. */
async function usedByEnvironments({ store }: EnginePorts): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const { value } of await store.list('environment')) {
    const { application } = value.scope;
    for (const set of [value.services, ...value.history.map((one) => one.services)]) keys.push(...keysOf(application, Object.values(set)));
    for (const sizes of Object.values(value.mixed ?? {}))
      keys.push(...Object.keys(sizes).map((revision) => releaseKey(application, parseRevision(revision).release)));
    keys.push(...Object.values(value.kept ?? {}).map(({ revision }) => releaseKey(application, parseRevision(revision).release)));
    const running =
      value.deployment === undefined ? undefined : await store.get('deployment', deploymentKey(value.scope, value.deployment));
    for (const one of running?.value.services ?? []) keys.push(...keysOf(application, [one.from, one.to]));
  }
  return keys;
}

/** Tasks that are still to run, or to be run again; what is kept of ended ones needs no release. */
async function usedByTasks({ store }: EnginePorts): Promise<readonly string[]> {
  const open = (await store.list('task')).filter((one) => one.value.state !== 'ended');
  return open.map(({ value }) => releaseKey(value.scope.application, value.release));
}

/** Deployments that ended, and have hooks to call that are no tasks yet: their commands are those of the release. */
async function usedByHooks({ store }: EnginePorts): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const { value } of await store.list('environment')) {
    const told = (await store.get('singleton', toldKey(value.scope)))?.value.number;
    if (typeof told !== 'number') continue;
    for (let number = told + 1; number <= value.lastNumber; number += 1) {
      const deployment = (await store.get('deployment', deploymentKey(value.scope, number)))?.value;
      const targets = (deployment?.services ?? []).map((one) => one.to);
      keys.push(...keysOf(value.scope.application, targets));
    }
  }
  return keys;
}

async function usedByInstances({ store }: EnginePorts): Promise<readonly string[]> {
  const instances = (await store.list('instance')).filter(({ value }) => value.task === undefined || value.state !== 'exited');
  return instances.map(({ value }) => {
    const [application = '', , revision = ''] = value.replicaSet.split('/');
    return releaseKey(application, parseRevision(revision).release);
  });
}

function keysOf(application: string, targets: readonly (ServiceTarget | undefined)[]): readonly string[] {
  return targets.flatMap((target) => (target ? [releaseKey(application, target.release)] : []));
}

/** Tidying is nobody's errand: what goes wrong with it is written to the log, and the next time is soon. */
export async function pruneQuietly(ports: EnginePorts): Promise<void> {
  try {
    const freed = await prune(ports);
    if (freed.trees > 0) ports.log.info(freed, 'removed snapshots that nothing refers to any more');
  } catch (thrown) {
    ports.log.warn({ error: asCodeError(thrown).message }, 'could not remove what is no longer used');
  }
}
