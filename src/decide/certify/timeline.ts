// Whether a certificate speaks of one run: its trials lie within the certification, their evidence within them, and nothing was measured once and counted twice.
import { canonicalJson } from '../../base/digest.ts';
import type { CertifiedTrial, Readiness1 } from '../../model/readiness/certificate.ts';
import type { Exhibits } from '../prove/figures/exhibits.ts';

/** Clocks of the engine and of whoever tries differ by less. */
const slack = 300_000;
/** Between the end of a certification and its certificate there is time to read evidence, and not to wait for a better day. */
const soonAfter = 3_600_000;

/** The first thing that does not fit, in one sentence; undefined: all does. */
export function timelineProblem(predicate: Readiness1, evidence: ReadonlyMap<string, Exhibits>): string | undefined {
  const { id, trials } = predicate;
  const whole = trials.find((one) => one.id === id);
  if (whole?.kind !== 'certification') return `the certification ${id} is not among its trials`;
  return (
    ownProblem(whole, predicate) ??
    first(trials, (one) => partProblem(one, whole)) ??
    first(trials, (one) => evidenceProblem(one, evidence.get(one.id) ?? {})) ??
    repeated(trials, evidence)
  );
}

function ownProblem({ id, endedAt, machine, verdict }: CertifiedTrial, { issuedAt, machine: claimed }: Readiness1): string | undefined {
  const since = Date.parse(issuedAt) - Date.parse(endedAt);
  if (since > soonAfter || since < -slack) return `the certification ${id} ended at ${endedAt}, and the certificate is of ${issuedAt}`;
  if (machine && canonicalJson(machine) !== canonicalJson(claimed)) return `the machine was another one in the certification ${id}`;
  if (verdict === 'invalid' && claimed.valid) return `the certification ${id} was void, and the machine is claimed to have been quiet`;
  return undefined;
}

function partProblem({ id, startedAt, endedAt }: CertifiedTrial, whole: CertifiedTrial): string | undefined {
  if (isWithin(Date.parse(startedAt), Date.parse(endedAt), whole)) return undefined;
  return `the trial ${id} ran from ${startedAt} to ${endedAt}, not within the certification ${whole.id}`;
}

/** Evidence of another day, under the name of a trial of this one. */
function evidenceProblem(trial: CertifiedTrial, exhibits: Exhibits): string | undefined {
  return first(Object.entries(exhibits), ([name, content]) => {
    const times = timesIn(content);
    if (times === undefined || isWithin(times.from, times.to, trial)) return undefined;
    return `${trial.id}/${name} was measured from ${dateOf(times.from)} on, and the trial ran from ${trial.startedAt} to ${trial.endedAt}`;
  });
}

/** What was measured at one moment is one sample, whatever it is called. */
function repeated(trials: readonly CertifiedTrial[], evidence: ReadonlyMap<string, Exhibits>): string | undefined {
  const known = new Map<string, string>();
  for (const { id, exhibits } of trials)
    for (const { name, digest } of exhibits) {
      if (timesIn(evidence.get(id)?.[name]) === undefined) continue;
      const before = known.get(digest);
      if (before !== undefined) return `${id}/${name} is ${before} once more`;
      known.set(digest, `${id}/${name}`);
    }
  return undefined;
}

interface Times {
  readonly from: number;
  readonly to: number;
}

/** Of a phase, of the load beside an experiment, of a report of probes. What says nothing of time is of no time. */
function timesIn(content: unknown): Times | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const { startedAt, endedAt, lasted, load } = content as Partial<Record<'startedAt' | 'endedAt' | 'lasted' | 'load', unknown>>;
  if (typeof startedAt !== 'number') return timesIn(load);
  return { from: startedAt, to: typeof endedAt === 'number' ? endedAt : startedAt + (typeof lasted === 'number' ? lasted : 0) };
}

function isWithin(from: number, to: number, { startedAt, endedAt }: CertifiedTrial): boolean {
  return from >= Date.parse(startedAt) - slack && to <= Date.parse(endedAt) + slack && from <= to;
}

function dateOf(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}

function first<T>(all: readonly T[], problem: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = problem(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
