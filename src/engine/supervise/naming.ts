// Names of instances – service, release and random characters, so that a log line tells whose it is – and news that names them.
import type { CodeError } from '../../base/errors.ts';
import { isFinal } from '../../base/errors.ts';
import type { RandomText } from '../../base/ids.ts';
import { exitText } from '../../decide/rollout/failure.ts';
import type { NewEvent } from '../../model/event.ts';
import type { Instance, ReplicaSet, Scope } from '../../model/instance.ts';
import type { Release } from '../../model/release.ts';
import type { InstanceRecord } from '../../ports/store.ts';
import { scopeOfSet } from '../keys.ts';

export function startId(set: ReplicaSet, random: RandomText): string {
  const release = set.release.id.split('@')[1] ?? '';
  return `${set.release.service}-${release.slice(0, 6)}-${random(5)}`;
}

export function newsOf({ id, replicaSet }: Instance, kind: NewEvent['kind'], message: string, at: number): NewEvent {
  const release = replicaSet.split('/')[2] ?? '';
  return { at, kind, ...scopeOfSet(replicaSet), service: release.split('@')[0], release, instance: id, message };
}

/** What came of asking for one. */
export function beginningOf(record: Instance, { id: release }: Pick<Release, 'id'>, at: number): NewEvent {
  const { id, exit, state } = record;
  if (exit) return newsOf(record, 'instance.exited', `${id} could not be started: ${exit.because}`, at);
  if (state === 'starting')
    return newsOf(record, 'instance.waiting', `${id} of ${release} ${record.unreadyBecause ?? 'waits for its image'}`, at);
  return newsOf(record, 'instance.started', `${id} of ${release} was started`, at);
}

/** The record of one that could not be started. */
export function neverBegan(
  id: string,
  { id: replicaSet, generation }: ReplicaSet,
  driver: string,
  error: CodeError,
  at: number,
): InstanceRecord {
  const exit = { requested: false, at, because: error.message, ...(isFinal(error) && { final: true as const }) };
  return { id, replicaSet, generation, state: 'exited', ready: false, startedAt: at, exit, driver, handle: {} };
}

/** That it ended: because the engine asked for it, or by itself, and how. */
export function endOf(instance: Instance, at: number): NewEvent {
  if (instance.exit?.requested) return newsOf(instance, 'instance.stopped', `${instance.id} was stopped`, at);
  const told = newsOf(instance, 'instance.exited', `${instance.id} ${exitText(instance)}`, at);
  return instance.exit?.outOfMemory ? { ...told, facts: { out_of_memory: true } } : told;
}

export function scopeOf({ replicaSet }: Instance): Scope {
  return scopeOfSet(replicaSet);
}
