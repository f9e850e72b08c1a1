// `prove chaos`: breaks what is deployed on purpose, and says how soon it was good again.
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Experiment } from '../../../model/proving/experiment.ts';
import { builtInExperiments, fiveScenarios } from '../../../model/proving/experiments.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { runTrial } from './trial.ts';

export async function chaos(session: Session, given: Given): Promise<number> {
  const proving = await session.world.proving();
  if (given.flag('undo')) return undo(session);
  const experiments = (await chosen(session, given)).map((one) => adjusted(one, given));
  const seed = numberOf(given, 'seed') ?? 1;
  return runTrial(session, given, proving.chaos, { experiments, repeats: repeatsOf(given), seed, route: given.text('route') });
}

async function undo(session: Session): Promise<number> {
  const { undoFaults } = await session.world.proving();
  const undone = await undoFaults(session.world.home(session.flags.home).root);
  const { out } = session;
  out.document({ undone });
  if (undone.length === 0) out.text('Nothing was left broken.');
  for (const { id, kind, target, because } of undone)
    out.text(`${id} (${kind} of ${target}) was ${because === undefined ? 'undone' : `not undone: ${because}`}`);
  return undone.some(({ because }) => because !== undefined) ? exit.failed : exit.ok;
}

/** Names of built-in ones, and files; without any, a null run and the five of a certificate. */
async function chosen(session: Session, given: Given): Promise<readonly Experiment[]> {
  const wanted = given.list('experiment');
  if (wanted.length === 0) return ['null', ...fiveScenarios].flatMap((name) => builtInExperiments.find((one) => one.name === name) ?? []);
  return (await Promise.all(wanted.map((one) => experimentsOf(session, one)))).flat();
}

async function experimentsOf(session: Session, wanted: string): Promise<readonly Experiment[]> {
  const known = builtInExperiments.find(({ name }) => name === wanted);
  if (known) return [known];
  if (!/[./]/.test(wanted)) {
    const names = builtInExperiments.map(({ name }) => name);
    throw new CodeError('usage', `There is no experiment "${wanted}"${didYouMean(wanted, names)}.`, {
      hint: `Choose of ${names.join(', ')}, or name a file (./mine.yaml).`,
    });
  }
  const [{ readExperiments }, { readFileIfExists }] = await Promise.all([
    import('../../../model/proving/read-experiment.ts'),
    import('../../../platform/files.ts'),
  ]);
  const content = await readFileIfExists(session.path(wanted));
  if (content === undefined)
    throw new CodeError('usage', `There is no file ${wanted}.`, { hint: 'Name one that is there, or a built-in experiment.' });
  return readExperiments(content, wanted);
}

/** What the command line says of all of them. */
function adjusted(experiment: Experiment, given: Given): Experiment {
  const lasts = durationOf(given, 'lasts');
  const before = durationOf(given, 'before') ?? experiment.before;
  const good = durationOf(given, 'good') ?? experiment.recovery.good;
  const rate = Math.max(1, numberOf(given, 'rate') ?? experiment.load.rate);
  const p99 = durationOf(given, 'sloP99') ?? experiment.steady.p99;
  const [service, path] = [given.text('service'), given.text('path')];
  return {
    ...experiment,
    load: { ...experiment.load, rate, ...(path !== undefined && { path }) },
    before,
    steady: { ...experiment.steady, p99 },
    recovery: { ...experiment.recovery, good },
    faults: experiment.faults.map((fault) => ({
      ...fault,
      ...(lasts !== undefined && { lasts, at: Math.min(fault.at, lasts / 2) }),
      ...(service !== undefined && fault.part === undefined && { service }),
    })),
  };
}

/** How often one may look whether it was chance. */
const most = 100;

function repeatsOf(given: Given): number {
  const wanted = numberOf(given, 'repeats') ?? 1;
  if (wanted >= 1 && wanted <= most) return wanted;
  throw new CodeError('usage', `--repeats: ${wanted} is not between 1 and ${most}.`, { hint: 'Write it as --repeats 5.' });
}

function durationOf(given: Given, name: string): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const found = parseDuration(text);
  if (found !== undefined && found > 0) return found;
  throw new CodeError('usage', `--${name}: ${JSON.stringify(text)} is no duration.`, { hint: 'Write it as 10s or 2m.' });
}

function numberOf(given: Given, name: string): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CodeError('usage', `--${name}: ${JSON.stringify(text)} is no whole number.`, { hint: `Write it as --${name} 100.` });
}
