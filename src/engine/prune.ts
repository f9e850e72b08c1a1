// Removes what nothing refers to any more: releases outside of history and live plans, their snapshots, old events and plans.
import type { Digest } from '../base/digest.ts';
import type { Bytes } from '../base/units.ts';
import type { Change } from '../ports/store.ts';
import { deploymentKey } from './keys.ts';
import type { EnginePorts } from './ports.ts';

const eventsKept = 20_000;
const planRetention = 24 * 60 * 60_000;

export async function prune({ store, artifacts, clock, fence }: EnginePorts): Promise<{ readonly trees: number; readonly bytes: Bytes }> {
  const now = clock.now();
  const plans = await store.list('plan');
  const stale = plans.filter((one) => now > one.value.expiresAt + planRetention);
  const used = new Set<string>();
  const use = (application: string, release: string | undefined) => release && used.add(`${application}/${release}`);
  for (const { value } of plans) {
    if (now > value.expiresAt) continue;
    for (const change of value.changes) for (const target of [change.from, change.to]) use(value.scope.application, target?.release);
  }
  for (const { value } of await store.list('environment')) {
    const sets = [value.services, ...value.history.map((one) => one.services)];
    const running = value.deployment === undefined ? undefined : await store.get('deployment', deploymentKey(value.scope, value.deployment));
    for (const one of running?.value.services ?? []) for (const target of [one.from, one.to]) use(value.scope.application, target?.release);
    for (const set of sets) for (const target of Object.values(set)) use(value.scope.application, target.release);
  }
  for (const { value } of await store.list('instance')) {
    const [application, , revision] = value.replicaSet.split('/');
    use(application ?? '', revision?.split('+')[0]);
  }
  const releases = await store.list('release');
  const unused = releases.filter((one) => !used.has(one.key));
  const changes: Change[] = [
    ...stale.map((one): Change => ({ op: 'delete', kind: 'plan', key: one.key, expect: one.version })),
    ...unused.map((one): Change => ({ op: 'delete', kind: 'release', key: one.key, expect: one.version })),
  ];
  if (changes.length > 0) await store.commit(changes, fence());
  await store.pruneEvents(eventsKept);
  const keep = new Set<Digest>();
  for (const { key, value } of releases) if (used.has(key) && value.run.artifact.kind === 'snapshot') keep.add(value.run.artifact.digest);
  return artifacts.prune(keep);
}
