// A history as it is lived: time goes by event by event, dead engines are started again, and in the end the world comes to rest.
import { scope } from '../kit/specs.ts';
import { Actor } from './acts.ts';
import { Daemon } from './daemon.ts';
import { Judge } from './rules/judge.ts';
import { badEnd } from './rules/rules.ts';
import type { Action, Moment } from './script/script.ts';
import { isMeddling } from './script/script.ts';
import { period, Universe } from './world/universe.ts';

/** After the last action the world is given this long to come to rest. */
const patience = 1_800_000;
const eventsAllowed = 5_000;
/** What runs of a removed application is told to stop at once, and has its grace. */
const mostLeft = period + 15_000;
/** For each schedule to name a moment, were it still there. */
const longEnough = 130_000;

export class Run {
  readonly universe: Universe;
  readonly judge: Judge;
  crashes = 0;
  readonly #actor: Actor;
  /** Somebody will meddle: without, looking for it would only cost time. */
  readonly #watched: boolean;
  /** Releases are judged. */
  readonly #judged: boolean;
  /** Something runs at the times of a schedule. */
  readonly #timed: boolean;
  /** How long no engine was there, all in all. */
  #absent = 0;
  /** Since when nothing is wanted any more, in time that an engine was there. */
  #emptySince: number | undefined;
  #daemon: Daemon | undefined;
  #names = 0;
  #moment = 0;
  #eventsNow = 0;

  constructor(seed: number, script: readonly Moment[]) {
    this.#watched = script.some(({ action }) => isMeddling(action));
    this.#judged = script.some(({ action }) => action.kind === 'crowd');
    this.#timed = script.some(({ action }) => action.kind === 'deploy' && action.cron);
    this.universe = new Universe(seed);
    this.judge = new Judge(this.universe);
    this.#actor = new Actor(
      this.universe,
      this.judge,
      script.some(({ action }) => action.kind === 'autoscale'),
    );
  }

  get broken(): boolean {
    return this.judge.violations.length > 0;
  }

  async boot(): Promise<void> {
    const random = (length: number) => String(this.#names++).padStart(length, '0');
    const { universe, judge, crashes: nth } = this;
    this.#daemon = await Daemon.boot({ universe, judge, nth, random, watched: this.#watched });
  }

  /** Lets time go by, event by event; `prompt`: not further than to the end of the deployment that runs. */
  async pass(duration: number, prompt = false): Promise<void> {
    const { clock, population } = this.universe;
    const until = clock.now() + duration;
    const waiting = prompt && !(await this.#isIdle());
    await turn();
    for (let next = clock.nextAt(); next !== undefined && next <= until; next = clock.nextAt()) {
      clock.moveTo(next);
      population.look();
      await turn();
      await this.revive();
      this.#restless(next);
      if (this.broken || (waiting && (await this.#isIdle()))) return;
    }
    clock.moveTo(until);
    await turn();
  }

  async #isIdle(): Promise<boolean> {
    return (await this.universe.current()).state?.deployment === undefined;
  }

  /** A loop that asks for itself at once, again and again, never lets time go on. */
  #restless(moment: number): void {
    this.#eventsNow = moment === this.#moment ? this.#eventsNow + 1 : 1;
    this.#moment = moment;
    if (this.#eventsNow > eventsAllowed) this.judge.blame(`more than ${eventsAllowed} events at one moment`);
  }

  /** A dead engine is started again 50 ms later, or when it was away for as long as it was to be. */
  async revive(): Promise<void> {
    while (this.#daemon?.life.dead) {
      const { away = 0 } = this.#daemon.life;
      this.crashes += 1;
      await this.end();
      await this.#goOnAlone(away);
      this.#absent += away;
      this.universe.clock.moveTo(this.universe.clock.now() + 50);
      await this.boot();
      await turn();
    }
  }

  /** The world without an engine. */
  async #goOnAlone(duration: number): Promise<void> {
    const { clock, population } = this.universe;
    const until = clock.now() + duration;
    for (let next = clock.nextAt(); next !== undefined && next < until; next = clock.nextAt()) {
      clock.moveTo(next);
      population.look();
      await turn();
    }
    clock.moveTo(until);
  }

  async end(): Promise<void> {
    this.#daemon?.end();
    await turn();
  }

  async act(action: Action): Promise<void> {
    if (this.#daemon) await this.#actor.act(action, this.#daemon);
  }

  /** Runs until nothing more is owed: every deployment has ended and what runs is what is wanted. What a schedule would begin for ever is removed then. */
  async rest(): Promise<void> {
    const { population } = this.universe;
    for (const id of Object.keys(population.inFlight)) delete population.inFlight[id];
    await this.#until(() => this.#unrest());
    if (!this.#timed) return;
    await this.#until(() => this.#removed());
    if (this.broken) return;
    await this.pass(longEnough);
    this.judge.blame(this.judge.leftover());
  }

  /** Until there is no problem left. */
  async #until(look: () => Promise<string | undefined>): Promise<void> {
    const { clock } = this.universe;
    const until = clock.now() + patience - this.#absent;
    let problem: string | undefined = 'nothing was looked at';
    for (let rests = 1; problem !== undefined && clock.now() < until + this.#absent && !this.broken; rests += 1) {
      await this.pass(5_000);
      // Whatever waits for people is let go on – but they do not take a verdict's place before its time is over.
      if (!this.#judged || rests % 50 === 0) await this.act({ kind: 'promote', full: false });
      problem = await look();
    }
    if (problem !== undefined && !this.broken) this.judge.blame(`in the end: ${problem}`);
  }

  async #unrest(): Promise<string | undefined> {
    const { state, deployments } = await this.universe.current();
    const running = deployments.find((one) => one.outcome === undefined);
    if (running) return `${running.id} has no outcome`;
    const owed = this.judge.owed();
    if (owed !== undefined) return owed;
    const records = (await this.universe.store.list('instance')).map((one) => one.value);
    const instances = records.filter((one) => one.task === undefined);
    const drift = await this.#drifted();
    const { population, table, clock } = this.universe;
    return drift ?? badEnd(state, instances, population.living(), table, clock.now());
  }

  /** Removes everything, and says what is left of it. */
  async #removed(): Promise<string | undefined> {
    const { state, deployments } = await this.universe.current();
    const running = deployments.find((one) => one.outcome === undefined);
    if (running) return `${running.id} has no outcome`;
    // What a rollback that failed left running is not in the record, and yet to be removed.
    if (Object.keys(state?.services ?? {}).length === 0 && state?.mixed === undefined) return this.#leftover();
    await this.act({ kind: 'remove' });
    return 'the application is not removed';
  }

  #leftover(): string | undefined {
    const now = this.universe.clock.now() - this.#absent;
    this.#emptySince ??= now;
    const left = this.judge.leftover();
    if (now > this.#emptySince + mostLeft + this.universe.noticing()) this.judge.blame(left);
    return left;
  }

  /** What somebody changed and nobody put right. */
  async #drifted(): Promise<string | undefined> {
    if (!this.#daemon?.drift) return undefined;
    const [neglected] = this.universe.shelf.neglected(await this.universe.liveSnapshots());
    if (neglected !== undefined) return `the snapshot ${neglected} was not mended`;
    const open = this.#daemon.engine.drift.of(scope).find((one) => one.state === 'repairing');
    return open && `${open.subject} is told to be under repair for ever`;
  }
}

/** Everything that promises alone can do is done when this resolves: Node.js runs what is for the next tick when no promise is left to run. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
