// Where each noun is kept in the store.
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';

/** Padded so that keys sort by number. */
export function deploymentKey(scope: Scope, number: number): string {
  return `${scopeKey(scope)}/${String(number).padStart(8, '0')}`;
}

export function releaseKey(application: string, release: string): string {
  return `${application}/${release}`;
}

/** The scope that a replica set id begins with. */
export function scopeOfSet(replicaSet: string): Scope {
  const [application = '', environment = ''] = replicaSet.split('/');
  return { application, environment };
}
