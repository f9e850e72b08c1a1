// What is meant to be and what is, side by side: the material of `status`.

import { CodeError } from '../../base/errors.ts';
import { deathsOf } from '../../decide/deaths.ts';
import type { Deployment, EnvironmentState } from '../../model/deployment.ts';
import { isEmpty } from '../../model/deployment.ts';
import type { Drift } from '../../model/drift.ts';
import type { Instance, Scope } from '../../model/instance.ts';
import type { DriftBook } from '../drift/book.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';

export interface Survey {
  readonly state: EnvironmentState;
  readonly running: Deployment | undefined;
  /** The newest deployment that has ended. */
  readonly last: Deployment | undefined;
  readonly instances: readonly Instance[];
  /** Why nothing is known of its instances: its runtime does not answer. */
  readonly unseen?: string;
  /** What was found changed behind the engine's back of late, the oldest first. */
  readonly drift: readonly Drift[];
}

/**
 * Environments that were removed (nothing wanted, nothing running) are left out unless they are named in full. Errors: `runtime_unavailable` for the
 * one that is named in full; of several, a runtime that is silent says nothing of what runs on the others.
 */
export async function survey(ports: EnginePorts, book: DriftBook, filter: Partial<Scope>, signal: AbortSignal): Promise<readonly Survey[]> {
  const all = await ports.store.list('environment', filter.application === undefined ? {} : { prefix: `${filter.application}/` });
  const named = filter.application !== undefined && filter.environment !== undefined;
  const chosen = all.map((one) => one.value).filter((one) => fits(one, filter) && (named || !isEmpty(one)));
  return Promise.all(chosen.map((state) => surveyOne(ports, book, state, named, signal)));
}

async function surveyOne(
  { store, runtimes, clock }: EnginePorts,
  book: DriftBook,
  state: EnvironmentState,
  named: boolean,
  signal: AbortSignal,
): Promise<Survey> {
  const load = async (number: number) =>
    number < 1 ? undefined : (await store.get('deployment', deploymentKey(state.scope, number)))?.value;
  const running = state.deployment === undefined ? undefined : await load(state.deployment);
  const last = await load(running ? running.number - 1 : state.lastNumber);
  const seen = await look(() => runtimes.get(state.runtime)?.observe(state.scope, signal), named);
  if (typeof seen === 'string') return { state, running, last, instances: [], unseen: seen, drift: book.of(state.scope) };
  const instances = seen ?? [];
  const drift = [...book.of(state.scope), ...deathsOf(state, instances, clock.now())].toSorted((a, b) => a.foundAt - b.foundAt);
  return { state, running, last, instances, drift };
}

/** What is there, or why that is not known. */
async function look<Seen>(observe: () => Promise<Seen> | undefined, named: boolean): Promise<Seen | string | undefined> {
  try {
    return await observe();
  } catch (error) {
    if (named || !(error instanceof CodeError) || error.kind !== 'unavailable') throw error;
    return error.message;
  }
}

function fits({ scope }: EnvironmentState, filter: Partial<Scope>): boolean {
  return (filter.application ?? scope.application) === scope.application && (filter.environment ?? scope.environment) === scope.environment;
}
