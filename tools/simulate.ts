// `npm run simulate -- --seeds N [--from S] [--seed S] [--seconds T] [--workers W] [--write FILE] [--resume FILE]`: lives through N random histories
// (or as many as fit into T seconds) in W processes, by default one for each core. On a violation it prints the seed, the shortest history and how to
// replay it, and fails. `--write` keeps the result as a page; `--resume` keeps in a file how far it has come and what was found, goes on over that to
// the end, and in the next run, also on other sources, begins with the seeds that broke a rule: the page says which were lived through on which sources.
// `--verdicts N` tries N made-up canaries instead (tools/verdicts).
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { History } from '../test/simulation/simulate.ts';
import { shareOut } from './simulate/crew.ts';
import { live } from './simulate/live.ts';
import { page } from './simulate/page.ts';
import type { RunState } from './simulate/state.ts';
import { begun, describeCommit, goneOn, readState, unmended, withFound, withHeld, writeState } from './simulate/state.ts';
import type { Finding } from './simulate/totals.ts';
import { add } from './simulate/totals.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    verdicts: { type: 'string' },
    write: { type: 'string' },
    resume: { type: 'string' },
    json: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: true },
  },
});
/** How often a long run says in its file how far it has come, in milliseconds. */
const saveEvery = 10_000;

const workers = Number(values.workers);
if (values.verdicts !== undefined) {
  // Only when asked for: histories are also lived through in copies of the house that hold no more than they need.
  const { tryVerdicts } = await import('./verdicts/verdicts.ts');
  process.exit((await tryVerdicts({ rollouts: Number(values.verdicts), workers, write: values.write })) ? 0 : 1);
}
const limit = values.seconds === undefined ? Number.POSITIVE_INFINITY : Number(values.seconds) * 1000;
const manner = { shortest: values.shrink, goesOn: values.resume !== undefined };
const started = performance.now();
const before = await again(begin());
let asked = true;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    asked = false;
  });

const finding = values.seed === undefined ? await inTurns() : await live({ from: before.from, seeds: 1 }, manner);
for (const one of finding.broken) tellViolation(one);
if (finding.broken.length > 0) process.exitCode = 1;
if (finding.broken.length === 0 || manner.goesOn) conclude(stateAfter(finding));

/** A new run, or the one that was interrupted. */
function begin(): RunState {
  const commit = values.write === undefined && values.resume === undefined ? '' : describeCommit();
  const known = values.resume === undefined ? undefined : readState(values.resume);
  return known ? goneOn(known, commit) : begun(Number(values.seed ?? values.from), commit);
}

/** What broke a rule before is lived through first: it has been mended, or it is told once more. */
async function again(state: RunState): Promise<RunState> {
  let known = state;
  for (const seed of unmended(state)) {
    const { broken } = await live({ from: seed, seeds: 1 }, manner);
    known = broken.length === 0 ? withHeld(known, seed) : withFound(known, broken);
    for (const one of broken) tellViolation(one);
    if (broken.length > 0) process.exitCode = 1;
  }
  return known;
}

async function inTurns(): Promise<Finding> {
  let savedAt = started;
  const progress = (sofar: Finding) => {
    if (values.resume === undefined || performance.now() - savedAt < saveEvery) return;
    savedAt = performance.now();
    writeState(values.resume, stateAfter(sofar));
  };
  return shareOut({
    from: before.from + before.totals.seeds,
    until: before.from + Number(values.seeds),
    workers,
    manner,
    goOn: () => asked && performance.now() - started < limit,
    progress,
  });
}

function stateAfter({ totals, broken }: Finding): RunState {
  const seconds = before.seconds + (performance.now() - started) / 1000;
  return withFound({ ...before, totals: add(before.totals, totals), seconds }, broken);
}

function tellViolation({ seed, violations, script }: History): void {
  process.stdout.write(`seed ${seed}: ${violations[0]}\n`);
  for (const { after, prompt, action } of script)
    process.stdout.write(`  +${after} ms${prompt ? ', or at the end of what runs' : ''}  ${JSON.stringify(action)}\n`);
  process.stdout.write(`replay: npm run simulate -- --seed ${seed}\n`);
}

function conclude(state: RunState): void {
  const { from, totals, seconds } = state;
  const hours = totals.lasted / 3_600_000;
  const rate = totals.seeds / seconds;
  const result = { from, violations: state.found.length, seconds, seeds_per_second: rate, workers, ...totals, simulated_hours: hours };
  const sentence = `${totals.seeds} seeds, ${state.found.length === 0 ? 'no' : state.found.length} violation${state.found.length > 1 ? 's' : ''}; ${totals.deployments} deployments, ${totals.crashes} crashes of the engine, ${hours.toFixed(1)} hours simulated; ${rate.toFixed(0)} seeds per second`;
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentence}\n`);
  if (values.resume !== undefined) writeState(values.resume, state);
  if (values.write !== undefined) writeFileSync(values.write, page(state, workers));
}
