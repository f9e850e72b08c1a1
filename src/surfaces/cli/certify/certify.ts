// `certify`: all trials one after the other, what is looked at besides, and a signed certificate of what came of it.
import { join } from 'node:path';
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { Readiness } from '../../../model/readiness/readiness.ts';
import type { Api } from '../api.ts';
import type { CommandSpec, Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import type { Ask, Certifying, Issued, Lost } from './certifying.ts';
import type { Profile } from './course.ts';
import { courseOf, profiles, runStage } from './course.ts';
import { showCertificate } from './show.ts';
import { Witness } from './witness.ts';

/** Whoever began it tells its end also after Ctrl-C. */
const tellingWithin = 30_000;
const longest: Readonly<Record<Profile, number>> = { quick: 30 * 60_000, standard: 2 * 3_600_000, full: 6 * 3_600_000 };

export async function certify(session: Session, given: Given, trials: readonly CommandSpec[]): Promise<number> {
  const certifying = await session.world.certifying();
  const readiness = await readinessFrom(session, given, certifying);
  if (given.flag('printCriteria')) {
    session.out.document(readiness);
    session.out.text(certifying.yaml(readiness).trimEnd());
    return exit.ok;
  }
  const issued = await new Certification(session, given, certifying).run(readiness, trials);
  session.out.document({ level: issued.level, file: issued.file, files: issued.files, certificate: issued.statement });
  showCertificate(session.out, issued);
  session.out.text(`\nWritten: ${issued.files.join(', ')}\nCheck it anywhere: codectl certificate verify ${issued.file}`);
  return issued.level === 'certified' || issued.level === 'conditional' ? exit.ok : exit.unmet;
}

/** Errors: `usage`, those of the file. */
export async function readinessFrom(session: Session, given: Given, { defaults }: Pick<Certifying, 'defaults'>): Promise<Readiness> {
  const file = given.text('criteria');
  if (file === undefined) return defaults;
  const [{ readFileIfExists }, { parseReadiness }] = await Promise.all([
    import('../../../platform/files.ts'),
    import('../../../model/readiness/readiness.ts'),
  ]);
  const content = await readFileIfExists(session.path(file));
  if (content === undefined)
    throw new CodeError('usage', `There is no file ${file}.`, { hint: 'codectl certify --print-criteria > readiness.yaml' });
  return parseReadiness(content, file);
}

class Certification {
  readonly #session: Session;
  readonly #given: Given;
  readonly #certifying: Certifying;

  constructor(session: Session, given: Given, certifying: Certifying) {
    this.#session = session;
    this.#given = given;
    this.#certifying = certifying;
  }

  async run(readiness: Readiness, commands: readonly CommandSpec[]): Promise<Issued> {
    const [session, given] = [this.#session, this.#given];
    const profile = profileFrom(given);
    const api = await session.api();
    const scope = await findScope(session, { ...given, text: (name) => (name === 'app' ? given.arguments[0] : given.text(name)) });
    const target = await api.call('trials.target', { ...scope });
    const service = target.routes[0]?.service;
    const wishes = {
      route: given.text('route'),
      path: given.text('path'),
      experiments: given.list('experiment'),
      without: given.list('without'),
    };
    const stages = courseOf({ ...scope, profile, service, ...wishes });
    const touches = touchesOf(
      stages.map(({ command }) => command),
      given.flag('rollback', true),
    );
    session.out.note(`Certification of ${scope.application} in ${scope.environment} (${profile}). It may be felt:`);
    for (const line of touches) session.out.note(`  ${line}`);
    const asked = { ...scope, kind: 'certification', profile, touches, lasts_ms: longest[profile], plan_id: given.text('plan') };
    const { id } = await api.call('trials.begin', asked);
    const witness = new Witness(target);
    const guard = this.#certifying.watch(() => witness.pids);
    try {
      const lost: Lost[] = [];
      for (const stage of stages) {
        session.out.note(`${stage.command} …`);
        const without = await runStage(session, commands, stage, id);
        if (without) session.out.note(`  not measured: ${without.because}`);
        lost.push(...(without ? [without] : []));
        witness.saw(await api.call('trials.target', { ...scope }));
      }
      for (const one of wishes.without) lost.push({ about: aboutOf(one), because: `it was left out (--without ${one})` });
      const looked = await this.#certifying.look({
        home: this.#home,
        id,
        target,
        ...wishes,
        rollback: given.flag('rollback', true),
        source: sourceFrom(session, given),
        lost,
        ask: askOf(api),
        progress: (line) => session.out.note(line),
        signal: session.signal,
      });
      if (!session.signal.aborted) witness.saw(await api.call('trials.target', { ...scope }));
      const machine = witness.judged(guard.stop());
      const verdict = session.signal.aborted ? 'interrupted' : machine.valid ? 'passed' : 'invalid';
      await this.#finish(id, { verdict, ...looked, machine });
      session.signal.throwIfAborted();
      return await this.#issue(api, { id, profile, readiness, machine, target });
    } catch (thrown) {
      guard.stop();
      await this.#finish(id, { verdict: session.signal.aborted ? 'interrupted' : 'errored' }).catch(() => undefined);
      throw thrown;
    }
  }

  async #issue(
    api: Api,
    {
      id,
      ...rest
    }: Pick<Parameters<Certifying['issue']>[0], 'id' | 'profile' | 'readiness' | 'machine'> & { readonly target: TargetAnswer },
  ): Promise<Issued> {
    const { application, environment } = rest.target;
    const scope = { application, environment };
    const known = await api.call('trials.list', { ...scope, limit: '1000', attempts: 'true' });
    const parts = known.trials.filter((one) => one.within === id).toReversed();
    const trials = [];
    for (const one of [...parts, { id }]) trials.push(await api.call('trials.get', { id: one.id }));
    const directory = this.#session.path(this.#given.text('out') ?? `certificate-${application}-${environment}`);
    return this.#certifying.issue({ ...rest, id, home: this.#home, directory, trials, attempts: known.attempts ?? [] });
  }

  get #home(): string {
    return this.#session.world.home(this.#session.flags.home).root;
  }

  /** By a connection of its own: the one of the session ends with Ctrl-C. */
  async #finish(id: string, end: object): Promise<void> {
    const { createApi } = await import('../api.ts');
    const api = createApi(await this.#session.endpoint(), AbortSignal.timeout(tellingWithin));
    try {
      await api.call('trials.finish', { id, ...end });
    } finally {
      api.close();
    }
  }
}

interface TargetAnswer {
  readonly application: string;
  readonly environment: string;
}

/** The catalogue says which of them are reads. */
function askOf(api: Api): Ask {
  return (operation, input, key) => api.call(operation as Parameters<Api['call']>[0], input, key);
}

function touchesOf(commands: readonly string[], rollback: boolean): readonly string[] {
  const words: Readonly<Record<string, string>> = {
    'prove load': 'load of 1,500 requests a second and of 500 users, through the gateway',
    'prove stress': 'load up to the breaking point, and beyond it for a while',
    'prove scale': 'other numbers of replicas of one service, which are put back',
    'prove security': 'requests that look like attacks, and do no harm',
    'prove chaos': 'faults: partition, crash, memory, latency, a dependency that dies',
  };
  return [
    ...new Set(commands.flatMap((one) => words[one] ?? [])),
    ...(rollback ? ['a rollback to the release before, and the way forward again'] : []),
  ];
}

const about: Readonly<Record<string, string>> = { load: 'performance', scale: 'scalability' };

function aboutOf(trial: string): string {
  return about[trial] ?? trial;
}

function profileFrom(given: Given): Profile {
  const text = given.text('profile') ?? 'quick';
  const found = profiles.find((one) => one === text);
  if (found) return found;
  throw new CodeError('usage', `There is no profile "${text}"${didYouMean(text, profiles)}.`, {
    hint: `Choose of ${profiles.join(', ')}.`,
  });
}

/** Named, or where the manifest that was named is. */
function sourceFrom(session: Session, given: Given): string | undefined {
  const named = given.text('source');
  if (named !== undefined) return session.path(named);
  const file = given.text('file');
  return file === undefined ? undefined : session.path(join(file, '..'));
}
