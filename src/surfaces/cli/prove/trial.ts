// One trial from the command line: said beforehand, written down, carried out here, and written down again – whatever becomes of it.
import { join } from 'node:path';
import { asCodeError } from '../../../base/errors.ts';
import { formatDuration } from '../../../base/units.ts';
import type { TrialVerdict } from '../../../model/proving/trial.ts';
import { visibleWithColours } from '../../../platform/guard/text.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Out } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { Trial, TrialCall, TrialEnding, TrialPlan } from './proving.ts';

/** Whoever began a trial tells its end also after Ctrl-C, and while the daemon comes back. */
const tellingWithin = 30_000;

export async function runTrial<Wish>(session: Session, given: Given, trial: Trial<Wish>, wish: Wish): Promise<number> {
  const { out } = session;
  const api = await session.api();
  const scope = await findScope(session, { ...given, text: (name) => (name === 'app' ? given.arguments[0] : given.text(name)) });
  const target = await api.call('trials.target', { ...scope });
  const plan = trial.plan(wish, target);
  for (const line of blastRadius(plan, scope.application, target.environment)) out.note(line);
  const asked = { kind: trial.kind, profile: plan.profile, touches: plan.touches, seed: plan.seed, lasts_ms: Math.ceil(plan.lasts) };
  const { id } = await api.call('trials.begin', { ...scope, ...asked, plan_id: given.text('plan'), within: given.text('within') });
  const directory = join(session.world.home(session.flags.home).root, 'evidence', id);
  const glance = new Glance(out);
  const progress = (line: string) => glance.above(out.paint('dim', line));
  const look = () => api.call('trials.target', { ...scope });
  const call: TrialCall = { id, target, look, plan, directory, progress, glance: (line) => glance.show(line), signal: session.signal };
  let ending: TrialEnding;
  try {
    ending = await trial.run(wish, call);
  } catch (thrown) {
    await finish(session, id, { verdict: session.signal.aborted ? 'interrupted' : 'errored' }).catch(() => undefined);
    throw thrown;
  } finally {
    glance.end();
  }
  await told(session, id, ending);
  show(session, id, directory, ending);
  return exitOf(ending.verdict);
}

function blastRadius({ touches, lasts }: TrialPlan, application: string, environment: string): readonly string[] {
  return [
    `Trial of ${application} in ${environment}, at most ${formatDuration(lasts)}. It may be felt:`,
    ...touches.map((one) => `  ${one}`),
  ];
}

/** What was measured is not thrown away because it could not be written down. */
async function told(session: Session, id: string, { verdict, figures, unmeasured, exhibits, machine }: TrialEnding): Promise<void> {
  try {
    await finish(session, id, { verdict, figures, unmeasured, exhibits, ...(machine && { machine }) });
  } catch (thrown) {
    session.out.aside(`The end of trial ${id} could not be written down: ${asCodeError(thrown).message}`);
  }
}

/** By a connection of its own: the one of the session ends with Ctrl-C. */
async function finish(session: Session, id: string, end: object): Promise<void> {
  const { createApi } = await import('../api.ts');
  const api = createApi(await session.endpoint(), AbortSignal.timeout(tellingWithin));
  try {
    await api.call('trials.finish', { id, ...end });
  } finally {
    api.close();
  }
}

function show({ out }: Session, id: string, directory: string, ending: TrialEnding): void {
  const { verdict, figures, unmeasured, exhibits, table, notes } = ending;
  out.document({ trial: id, verdict, figures, unmeasured, exhibits, evidence: directory, notes });
  out.text(tableText(table.head, table.rows, out.paint, out.width));
  for (const note of notes) out.text(note);
  out.text(`Trial ${id}: ${verdict}. Its raw evidence is in ${directory}`);
}

function exitOf(verdict: TrialVerdict): number {
  switch (verdict) {
    case 'passed':
      return exit.ok;
    case 'failed':
      return exit.unmet;
    case 'errored':
      return exit.failed;
    case 'inconclusive':
    case 'invalid':
      return exit.inconclusive;
    case 'interrupted':
      return exit.interrupted;
  }
}

const clearLine = '\r\u001B[2K';

/** A line that is redrawn in place on a terminal while a trial runs; elsewhere it is not shown. */
class Glance {
  readonly #out: Out;
  #line = '';

  constructor(out: Out) {
    this.#out = out;
  }

  show(line: string): void {
    if (!this.#out.live) return;
    this.#line = line;
    this.#out.raw(`${clearLine}${visibleWithColours(line.slice(0, this.#out.columns - 1))}`);
  }

  /** A line that stays. */
  above(line: string): void {
    if (this.#line !== '') this.#out.raw(clearLine);
    this.#out.note(line);
    if (this.#line !== '') this.show(this.#line);
  }

  end(): void {
    if (this.#line !== '') this.#out.raw(clearLine);
    this.#line = '';
  }
}
