// The book of trials: who began what against which environment, and what came of it. The trials themselves run elsewhere; no attempt leaves the book.
import { digestOfJson } from '../../base/digest.ts';
import { CodeError, hasCode } from '../../base/errors.ts';
import { chainProblem, linked } from '../../decide/certify/attempts.ts';
import { merkleRoot } from '../../decide/certify/merkle.ts';
import type { EnvironmentState } from '../../model/deployment.ts';
import type { Instance, Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Plan } from '../../model/plan.ts';
import type { Attempt, TrialEnd, TrialEntry } from '../../model/proving/attempt.ts';
import type { InstanceStats } from '../../ports/instances.ts';
import type { Change, InstanceRecord, Stored } from '../../ports/store.ts';
import { lockedError } from '../interventions.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';

/** Whoever is not back by then, in milliseconds after the end that was announced, is not coming. */
const grace = 60_000;
/** Writers of one chain that meet again and again are a defect, not bad luck. */
const tries = 20;

export type TrialWish = Pick<TrialEntry, 'scope' | 'kind' | 'profile' | 'seed' | 'touches' | 'lasts' | 'within'> & {
  readonly by: string;
  /** What was approved for it, and what marks that as used up. */
  readonly plan?: Plan;
  readonly usedAs?: (trial: string) => readonly Change[];
};

export interface Kept {
  readonly entry: TrialEntry;
  /** Hash of the link that was written. */
  readonly hash: string;
}

export class TrialBook {
  readonly #ports: EnginePorts;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Errors: `application_unknown`, `locked`, `deployment_state` while something is rolled out, `trial_running` while another trial is. */
  async begin({ plan, usedAs = () => [], ...wish }: TrialWish): Promise<Kept> {
    const live = await this.#live(wish.scope);
    const now = this.#ports.clock.now();
    return this.#retried(async () => {
      const entries = await this.list(wish.scope);
      refuseBeside(entries, wish, now);
      const number = (entries[0]?.number ?? 0) + 1;
      const { application, environment } = wish.scope;
      const releases = Object.fromEntries(Object.entries(live.services).map(([service, { release }]) => [service, release]));
      const entry: TrialEntry = {
        ...wish,
        id: `${application}-${environment}-p${number}`,
        number,
        runtime: live.runtime,
        releases,
        startedAt: now,
        ...(plan && { plan: plan.id }),
      };
      const message = `${entry.by} began the ${entry.kind} trial ${entry.id} (${entry.profile})`;
      const used: readonly Change[] = plan ? [{ op: 'put', kind: 'plan', key: plan.id, value: { ...plan, appliedAs: entry.id } }] : [];
      return this.#write(entry, 0, { phase: 'begun', by: entry.by, at: now }, message, [...used, ...usedAs(entry.id)]);
    });
  }

  /** Errors: `trial_unknown`, `trial_ended`, `denied` to others than who began it, unless they say no more than that it is over. */
  async finish(id: string, by: string, end: Omit<TrialEnd, 'at' | 'by' | 'root'>): Promise<Kept> {
    return this.#retried(async () => {
      const { value, version } = await this.#stored(id);
      if (value.ended)
        throw new CodeError('trial_ended', `Trial ${id} has ended already: ${value.ended.verdict}.`, { hint: `Begin another one.` });
      refuseWordsOfOthers(value, by, end);
      const at = this.#ports.clock.now();
      const entry: TrialEntry = { ...value, ended: { ...end, at, by, root: merkleRoot(end.exhibits) } };
      return this.#write(entry, version, { phase: 'ended', by, at }, `trial ${id} ended: ${end.verdict}`, []);
    });
  }

  /** Newest first. */
  async list(scope: Scope, limit?: number): Promise<readonly TrialEntry[]> {
    const stored = await this.#ports.store.list('trial', { prefix: `${scopeKey(scope)}/`, reverse: true, ...(limit && { limit }) });
    return stored.map(({ value }) => value);
  }

  /** Errors: `trial_unknown`. */
  async find(id: string): Promise<TrialEntry> {
    return (await this.#stored(id)).value;
  }

  /** Every attempt at this environment, the oldest first, and what is wrong with their chain, if anything. */
  async attempts(scope: Scope): Promise<{ readonly attempts: readonly Attempt[]; readonly problem: string | undefined }> {
    const stored = await this.#ports.store.list('attempt', { prefix: `${scopeKey(scope)}/` });
    const attempts = stored.map(({ value }) => value);
    const problem = attempts[0] && attempts[0].sequence !== 1 ? 'attempt 1 is missing' : chainProblem(attempts);
    return { attempts, problem };
  }

  /** By what their drivers find instances again; of those that have no record there is nothing. */
  async handles(instances: readonly Pick<Instance, 'id'>[]): Promise<ReadonlyMap<string, Pick<InstanceRecord, 'driver' | 'handle'>>> {
    const stored = await Promise.all(instances.map(({ id }) => this.#ports.store.get('instance', id)));
    return new Map(stored.flatMap((one) => (one ? [[one.value.id, one.value]] : [])));
  }

  /** By instance; empty where the runtime does not tell. */
  async usage({ runtime, scope }: Pick<EnvironmentState, 'runtime' | 'scope'>): Promise<Readonly<Record<string, InstanceStats>>> {
    return (await this.#ports.runtimes.get(runtime)?.stats?.(scope)) ?? {};
  }

  async #write(
    entry: TrialEntry,
    version: number,
    { phase, by, at }: Pick<Attempt, 'phase' | 'by' | 'at'>,
    message: string,
    also: readonly Change[],
  ): Promise<Kept> {
    const { store, fence } = this.#ports;
    const { id, kind, profile, scope, number, ended } = entry;
    const [last] = await store.list('attempt', { prefix: `${scopeKey(scope)}/`, reverse: true, limit: 1 });
    const outcome = ended && { verdict: ended.verdict, root: ended.root };
    const attempt = linked(last?.value, { at, phase, trial: id, kind, profile, by, entry: digestOfJson(entry), ...outcome });
    await store.commit(
      [
        { op: 'put', kind: 'attempt', key: deploymentKey(scope, attempt.sequence), value: attempt, expect: 0 },
        { op: 'put', kind: 'trial', key: deploymentKey(scope, number), value: entry, expect: version },
        { op: 'append', event: { at, kind: phase === 'begun' ? 'trial.begun' : 'trial.ended', ...scope, message, facts: { trial: id } } },
        ...also,
      ],
      fence(),
    );
    return { entry, hash: attempt.hash };
  }

  async #retried(write: () => Promise<Kept>): Promise<Kept> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (thrown) {
        if (!hasCode(thrown, 'write_conflict') || attempt === tries) throw thrown;
      }
    }
  }

  async #live(scope: Scope): Promise<EnvironmentState> {
    const live = (await this.#ports.store.get('environment', scopeKey(scope)))?.value;
    if (!live || Object.keys(live.services).length === 0)
      throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
        hint: 'Run "codectl status" to see what is.',
      });
    if (live.lock) throw lockedError(live, live.lock);
    return live;
  }

  async #stored(id: string): Promise<Stored<TrialEntry>> {
    const match = /^(?<names>.+)-p(?<number>\d+)$/.exec(id);
    const { names = '', number = '' } = match?.groups ?? {};
    for (const { value } of match ? await this.#ports.store.list('environment') : []) {
      if (`${value.scope.application}-${value.scope.environment}` !== names) continue;
      const found = await this.#ports.store.get('trial', deploymentKey(value.scope, Number(number)));
      if (found) return found;
    }
    throw new CodeError('trial_unknown', `There is no trial ${id}.`, { hint: 'Run "codectl prove list APP" to see them.' });
  }
}

/** What came of a trial is told by whoever ran it; others may close what was left open. */
function refuseWordsOfOthers({ id, by }: TrialEntry, who: string, end: Omit<TrialEnd, 'at' | 'by' | 'root'>): void {
  const { verdict, figures, unmeasured, exhibits, machine } = end;
  const says = verdict !== 'interrupted' || machine !== undefined || figures.length + unmeasured.length + exhibits.length > 0;
  if (who === by || !says) return;
  throw new CodeError('denied', `Trial ${id} was begun by ${by}: what came of it ${who} cannot say.`, {
    hint: `If whoever ran it is gone, run "codectl prove close ${id}".`,
  });
}

/** Two at once would disturb each other; parts of one trial run one after the other. */
function refuseBeside(entries: readonly TrialEntry[], wish: Pick<TrialWish, 'within' | 'scope' | 'by'>, now: number): void {
  const running = entries.filter(({ ended, startedAt, lasts }) => !ended && now < startedAt + lasts + grace);
  const other = running.find(({ id }) => id !== wish.within);
  if (!other) {
    const [whole] = running;
    if (whole && whole.by !== wish.by)
      throw new CodeError('denied', `Trial ${whole.id} was begun by ${whole.by}: ${wish.by} cannot begin a part of it.`, {
        hint: 'Wait until it has ended, and begin one of your own.',
      });
    if (wish.within === undefined || whole) return;
    throw new CodeError('trial_ended', `Trial ${wish.within}, of which this one would be a part, is not running.`);
  }
  throw new CodeError('trial_running', `Trial ${other.id} (${other.kind}) of ${scopeKey(wish.scope)} has not ended yet.`, {
    hint: `Wait for it, or, if whoever ran it is gone, run "codectl prove close ${other.id}".`,
    details: { trial: other.id },
  });
}
