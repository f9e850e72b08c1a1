// Where each noun is kept in the store, and which of an environment's versions a plan is bound to.
import type { EnvironmentState } from '../model/deployment.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { Stored } from '../ports/store.ts';

/** Padded so that keys sort by number. */
export function deploymentKey(scope: Scope, number: number): string {
  return `${scopeKey(scope)}/${String(number).padStart(8, '0')}`;
}

export function releaseKey(application: string, release: string): string {
  return `${application}/${release}`;
}

/** Up to which deployment of the environment everything was told that hooks have to tell: `{ number }`. */
export function toldKey(scope: Scope): string {
  return `hooks/${scopeKey(scope)}`;
}

/** The scope that a replica set id begins with. */
export function scopeOfSet(replicaSet: string): Scope {
  const [application = '', environment = ''] = replicaSet.split('/');
  return { application, environment };
}

/** Counts the versions of an environment's record that deployments made; pauses and locks change nothing that a plan is about. */
export function planBase(live: Stored<EnvironmentState> | undefined): number {
  return live === undefined ? 0 : live.version - (live.value.interventions ?? 0);
}
