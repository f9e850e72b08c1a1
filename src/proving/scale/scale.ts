// A scale trial: throughput at each number of replicas, many users at once, and how quickly sizes follow. Whatever happens, the size is put back.

import type { Clock } from '../../base/clock.ts';
import { Random } from '../../base/random.ts';
import type { Duration } from '../../base/units.ts';
import type { StressProfile } from '../../decide/prove/stress/plan.ts';
import { scalePlan } from '../../decide/prove/stress/sizes.ts';
import type { Arrivals, PhaseExhibit } from '../../model/proving/load.ts';
import type { ScaleRun, ScaleStep, Timed } from '../../model/proving/scale.ts';
import type { Exhibit, TrialVerdict } from '../../model/proving/trial.ts';
import { writeExhibit } from '../evidence.ts';
import type { LoadEngine, LoadGlance } from '../load/engine.ts';
import { Follower } from './follow.ts';
import { untilAllAnswer } from './join.ts';
import type { ScaleSight, ScaleSite } from './site.ts';

export interface ScaleWish {
  readonly profile: StressProfile;
  readonly seed: number;
  readonly replicas: { readonly from: number; readonly to: number };
  /** 0: no closed loop at the end. */
  readonly users: number;
}

export interface ScaleMeans {
  readonly engine: LoadEngine;
  readonly site: ScaleSite;
  readonly clock: Clock;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
  readonly glance: (name: string, lasts: Duration, glance: LoadGlance) => void;
}

export interface ScaleOutcome {
  readonly run: ScaleRun;
  readonly phases: Readonly<Record<string, PhaseExhibit>>;
  readonly exhibits: readonly Exhibit[];
  readonly verdict: TrialVerdict;
}

/** Waiting users for each replica: enough that none of them ever idles. */
const usersEach = 16;
const think: Duration = 1_000;
/** For a size that was asked for. */
const patience: Duration = 120_000;

/** Resolves also when it was interrupted or a size was not to be had: the record says so. Rejects when the old size could not be put back. */
export async function scaleTrial(wish: ScaleWish, means: ScaleMeans): Promise<ScaleOutcome> {
  const trial = new ScaleTrial(wish, means);
  try {
    await trial.live();
  } finally {
    means.progress('putting the size back');
    await means.site.restore();
  }
  return trial.outcome();
}

class ScaleTrial {
  readonly #wish: ScaleWish;
  readonly #means: ScaleMeans;
  readonly #follower: Follower;
  readonly #steps: ScaleStep[] = [];
  readonly #timed: Timed[] = [];
  readonly #phases: Record<string, PhaseExhibit> = {};
  readonly #exhibits: Exhibit[] = [];
  #stopped: string | undefined;

  constructor(wish: ScaleWish, means: ScaleMeans) {
    this.#wish = wish;
    this.#means = means;
    this.#follower = new Follower(means.site, means.clock, means.signal);
  }

  async live(): Promise<void> {
    const { profile, seed, replicas, users } = this.#wish;
    const { site, signal } = this.#means;
    const plan = scalePlan(profile, replicas, new Random(seed));
    try {
      for (const size of plan.rounds) {
        await this.#grow(size);
        await this.#take('round', size, { kind: 'users', users: size * usersEach, think: 0 }, plan.lasts);
      }
      await this.#measureEvenness(replicas.to, plan.lasts);
      if (users > 0) {
        await this.#grow(replicas.to);
        await this.#take('users', replicas.to, { kind: 'users', users, think }, plan.users);
      }
      if (site.follows) await this.#followLoad(plan.follow);
    } catch (thrown) {
      this.#stopped = signal.aborted ? 'it was interrupted' : thrown instanceof Error ? thrown.message : String(thrown);
      this.#means.progress(`Stopped: ${this.#stopped}`);
    }
  }

  async outcome(): Promise<ScaleOutcome> {
    const { directory, signal, site } = this.#means;
    const run: ScaleRun = {
      format: 'scale-run/1',
      profile: this.#wish.profile,
      seed: this.#wish.seed,
      service: site.service,
      machine: { cores: site.cores },
      steps: this.#steps,
      timed: this.#timed,
      ...(this.#stopped !== undefined && { stopped: this.#stopped }),
    };
    const record = await writeExhibit(directory, 'scale.json', run);
    const kept = Object.values(this.#phases).every((one) => one.generator.kept);
    const whole = this.#stopped === undefined && kept;
    return {
      run,
      phases: this.#phases,
      exhibits: [record, ...this.#exhibits],
      verdict: signal.aborted ? 'interrupted' : whole ? 'passed' : 'inconclusive',
    };
  }

  /** Tells, too, how soon whoever looks for the service finds those that are new. */
  async #grow(size: number): Promise<void> {
    const { site, clock, signal, progress } = this.#means;
    const { replicas, ready } = await site.look(false, signal);
    if (replicas === size && ready.length === size) return;
    progress(`${site.service}: from ${replicas} to ${size}`);
    const found = size > ready.length ? this.#follower.discovery(ready) : undefined;
    const begun = clock.now();
    const [at] = await Promise.all([this.#follower.until((now) => now.ready.length === size, patience), site.resize(size, signal)]);
    this.#timed.push(timed(size > ready.length ? 'scale_up' : 'scale_down', at, begun, patience));
    const discovered = await found?.finish();
    if (discovered) this.#timed.push(discovered);
  }

  /** At half of what so many carried. */
  async #measureEvenness(size: number, lasts: Duration): Promise<void> {
    const carried = this.#steps.findLast((one) => one.kind === 'round' && one.replicas === size);
    const phase = carried && this.#phases[carried.exhibit];
    if (size === 1 || phase === undefined) return;
    await this.#grow(size);
    const rate = Math.max(1, Math.floor((phase.succeeded * 500) / Math.max(1, phase.lasted)));
    await this.#take('even', size, { kind: 'constant', rate }, lasts);
  }

  async #take(kind: ScaleStep['kind'], replicas: number, arrivals: Arrivals, lasts: Duration): Promise<void> {
    const { engine, site, clock, directory, signal, progress, glance } = this.#means;
    const name = `${kind}-${String(this.#steps.length + 1).padStart(2, '0')}-of-${replicas}`;
    const joined = await untilAllAnswer(engine, site, clock, signal);
    const before = await site.look(true, signal);
    const phase = await engine.run({ name, arrivals, lasts }, signal, (one) => glance(name, lasts, one));
    const exhibit = `phases/${name}.json`;
    this.#exhibits.push(await writeExhibit(directory, exhibit, phase));
    signal.throwIfAborted();
    const after = await site.look(true, signal);
    this.#phases[exhibit] = phase;
    this.#steps.push({
      kind,
      exhibit,
      replicas,
      instances: before.ready,
      ...(joined !== undefined && { joined }),
      ...costOf(before, after),
    });
    if (joined === undefined) progress('some of them were asked by nobody before that');
    progress(`${replicas} replica${replicas === 1 ? '' : 's'}: ${((phase.succeeded * 1000) / phase.lasted).toFixed(0)} answers a second`);
  }

  /** From the step of the load to one more that is ready, and from its end to one fewer that is wanted. */
  async #followLoad(watched: Duration): Promise<void> {
    const { engine, site, signal, progress, clock } = this.#means;
    await site.release(signal);
    const { ready, replicas } = await site.look(false, signal);
    progress(`${site.service}: its load decides again, from ${replicas}`);
    const enough = new AbortController();
    const begun = clock.now();
    const arrivals: Arrivals = { kind: 'users', users: usersEach * (this.#wish.replicas.to + 1), think: 0 };
    const load = engine.run({ name: 'follow', arrivals, lasts: watched }, AbortSignal.any([signal, enough.signal]));
    const grown = await this.#follower.until((now) => now.ready.length > ready.length, watched);
    this.#timed.push(timed('autoscale_up', grown, begun, watched));
    enough.abort();
    this.#exhibits.push(await writeExhibit(this.#means.directory, 'phases/follow.json', await load));
    if (grown === undefined) return;
    const ended = clock.now();
    const { replicas: most } = await site.look(false, signal);
    const shrunk = await this.#follower.until((now) => now.replicas < most, watched);
    this.#timed.push(timed('autoscale_down', shrunk, ended, watched));
  }
}

function timed(what: Timed['what'], at: number | undefined, begun: number, watched: Duration): Timed {
  return { what, watched, ...(at !== undefined && { took: Math.max(0, at - begun) }) };
}

function costOf(before: ScaleSight, after: ScaleSight): { readonly cpu?: number; readonly memory?: number } {
  const told = after.ready.filter((id) => before.used[id] !== undefined && after.used[id] !== undefined);
  if (told.length === 0 || told.length < after.ready.length) return {};
  const sum = (value: (id: string) => number) => told.reduce((total, id) => total + value(id), 0);
  return {
    cpu: Math.max(
      0,
      sum((id) => (after.used[id]?.cpuSeconds ?? 0) - (before.used[id]?.cpuSeconds ?? 0)),
    ),
    memory: sum((id) => after.used[id]?.memory ?? 0),
  };
}
