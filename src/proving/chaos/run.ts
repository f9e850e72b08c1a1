// One experiment from its first request to its last: steady, faults, recovery; and everything that it left as raw evidence.
import { asCodeError } from '../../base/errors.ts';
import type { ChaosExhibit, Experiment } from '../../model/proving/experiment.ts';
import type { LedgerExhibit } from '../../model/proving/ledger.ts';
import type { PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';
import type { LoadEngine, LoadGlance } from '../load/engine.ts';
import type { Injected } from './inject.ts';
import { injectAll } from './inject.ts';
import { keepLedger } from './ledger.ts';
import type { ChaosSite, ChaosTarget } from './site.ts';
import { Vigil } from './vigil.ts';

/** Never rejects for what the experiment met; rejects where there was no load at all. Nothing is left broken when it settles. */
export async function runExperiment(site: ChaosSite, experiment: Experiment, signal: AbortSignal): Promise<ChaosExhibit> {
  const target = await site.target(experiment.load.path);
  const engine = site.openLoad(planOf(site, experiment, target));
  const enough = new AbortController();
  const vigil = new Vigil(experiment);
  try {
    const load = startLoad(engine, experiment, AbortSignal.any([signal, enough.signal]), (glance) => vigil.see(glance));
    load.catch(() => enough.abort());
    const ledger = experiment.integrity && keepLedger(site, experiment.integrity, target);
    const course = await follow(site, experiment, vigil, AbortSignal.any([signal, enough.signal]));
    const kept = await ledger?.finish();
    enough.abort();
    return exhibitOf(experiment, course, await load, kept, signal);
  } finally {
    enough.abort();
    await engine.close();
  }
}

interface Course {
  readonly injections: readonly Injected[];
  readonly broken?: string;
  readonly aborted?: string;
}

async function follow({ say, clock, ...site }: ChaosSite, experiment: Experiment, vigil: Vigil, signal: AbortSignal): Promise<Course> {
  const { faults, before, recovery } = experiment;
  const longest = faults.reduce((most, { at, lasts }) => Math.max(most, at + lasts), 0);
  const wait = (time: number) => clock.sleep(time, signal).catch(() => undefined);
  say(`watching for ${Math.round(before / 1000)} s what is steady`);
  await vigil.untilAt(before, clock, signal);
  const unsteady = signal.aborted ? undefined : vigil.unsteady();
  if (unsteady !== undefined && faults.length > 0) return { injections: [], broken: `${unsteady}: nothing was broken` };
  const alarm = AbortSignal.any([signal, vigil.alarm]);
  let course: Course = { injections: [] };
  try {
    if (faults.length > 0)
      course = await injectAll({ ...site, say, clock, target: () => site.target(experiment.load.path) }, faults, alarm);
    else await wait(longest);
  } catch (thrown) {
    course = { injections: [], broken: asCodeError(thrown).message };
  }
  if (vigil.alarm.aborted) course = { ...course, aborted: String(vigil.alarm.reason) };
  if (course.broken === undefined) {
    say('the faults are over; watching whether it recovers');
    await vigil.untilCalm(recovery.good, recovery.watch, clock, signal);
  }
  return course;
}

/** Longer than anything may take: it is ended when the course is over. */
function startLoad(
  engine: LoadEngine,
  { name, load, before, faults, recovery }: Experiment,
  signal: AbortSignal,
  live: (glance: LoadGlance) => void,
): Promise<PhaseExhibit> {
  const longest = faults.reduce((most, { at, lasts }) => Math.max(most, at + lasts), 0);
  const lasts = before + longest + recovery.watch + recovery.good + 120_000;
  return engine.run({ name, arrivals: { kind: 'constant', rate: load.rate }, lasts }, signal, live);
}

function planOf({ seed }: ChaosSite, { load, steady }: Experiment, { door, route }: ChaosTarget): LoadPlan {
  return {
    target: door,
    requests: [{ name: 'steady', method: 'GET', path: route.path, route: route.host }],
    seed,
    keepAlive: true,
    timeout: 10_000,
    workers: 1,
    connections: Math.max(64, Math.ceil(load.rate * 10)),
    slo: steady.p99,
  };
}

function exhibitOf(
  experiment: Experiment,
  { injections, broken, aborted }: Course,
  load: PhaseExhibit,
  ledger: LedgerExhibit | undefined,
  signal: AbortSignal,
): ChaosExhibit {
  const whole = { format: 'chaos-experiment/1', experiment, injections, load, ...(ledger && { ledger }) } as const;
  if (signal.aborted) return { ...whole, ended: 'interrupted' };
  if (broken !== undefined) return { ...whole, ended: 'errored', because: broken };
  if (aborted !== undefined) return { ...whole, ended: 'aborted', because: aborted };
  return { ...whole, ended: 'whole' };
}
