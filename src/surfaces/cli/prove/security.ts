// `prove security`: attacks the application through its own routes, harmlessly, and adds what the engine knows of it already.
import { readFile } from 'node:fs/promises';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { Scope } from '../../../model/instance.ts';
import type { OtherFindings, Severity } from '../../../model/proving/probe.ts';
import { severities } from '../../../model/proving/probe.ts';
import type { Given } from '../command.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { durationOf, wholeOf } from './load.ts';
import type { SecurityWish } from './proving.ts';
import { runTrial } from './trial.ts';

export async function security(session: Session, given: Given): Promise<number> {
  const { security: trial } = await session.world.proving();
  const wish = await wishFrom(session, given);
  const scope = await findScope(session, { ...given, text: (name) => (name === 'app' ? given.arguments[0] : given.text(name)) });
  const others = await knownOf(session, scope);
  return runTrial(session, given, trial, { ...wish, others });
}

async function wishFrom(session: Session, given: Given): Promise<SecurityWish> {
  const file = given.text('paths');
  const [sarif, junit] = [given.text('sarif'), given.text('junit')];
  return {
    profile: given.text('profile') ?? 'standard',
    seed: wholeOf(given, 'seed', 0, 2 ** 32 - 1) ?? 1,
    listed: file === undefined ? [] : listedIn(await textOf(session.path(file)), file),
    only: given.list('only'),
    failOn: severityOf(given.text('failOn') ?? 'high'),
    mostPages: wholeOf(given, 'mostPages', 1, 10_000) ?? 30,
    mostRequests: wholeOf(given, 'mostRequests', 1, 10_000_000) ?? 20_000,
    patience: durationOf(given, 'patience', 10_000),
    others: {},
    sarif: sarif === undefined ? undefined : session.path(sarif),
    junit: junit === undefined ? undefined : session.path(junit),
  };
}

/** Errors: `usage`. */
function severityOf(text: string): Severity {
  const found = severities.find((one) => one === text);
  if (found) return found;
  throw new CodeError('usage', `--fail-on: there is no severity "${text}"${didYouMean(text, severities)}.`, {
    hint: `Choose one of ${severities.join(', ')}.`,
  });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new CodeError('usage', `--paths: ${asCodeError(thrown).message}.`, { cause: thrown });
  }
}

/** Errors: `usage` with the line that says something else. */
export function listedIn(text: string, file: string): SecurityWish['listed'] {
  return text.split('\n').flatMap((raw, at) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const [, method = 'GET', path, body] = /^(?:(GET|POST|PUT|PATCH) )?(\/[!-~]*)(?: (.+))?$/.exec(line) ?? [];
    if (path !== undefined && isBody(body)) return [{ method, path, ...(body !== undefined && { body }) }];
    throw new CodeError('usage', `${file}, line ${at + 1}: ${JSON.stringify(line)} is no request.`, {
      hint: 'Write it as in GET /orders?after=1 or POST /orders {"product":"tea"}',
    });
  });
}

/** A JSON object, or fields of a form. */
function isBody(body: string | undefined): boolean {
  if (body === undefined || !body.startsWith('{')) return true;
  try {
    return typeof JSON.parse(body) === 'object';
  } catch {
    return false;
  }
}

async function knownOf(session: Session, scope: Scope): Promise<SecurityWish['others']> {
  const [supply, shipped, watch] = await Promise.all([supplyOf, shippedOf, watchOf].map((ask) => ask(session, scope).catch(unknown)));
  return { ...(supply && { supply }), ...(shipped && { shipped }), ...(watch && { watch }) };
}

async function supplyOf(session: Session, scope: Scope): Promise<OtherFindings> {
  const { state, services } = await (await session.api()).call('security.scan', { ...scope });
  const findings = services.flatMap((one) =>
    one.findings.map(({ id, purl, severity, summary }) => ({
      id,
      severity: ratingOf(severity?.rating),
      about: `${one.service}: ${purl}`,
      text: summary ?? id,
    })),
  );
  const looked = services.flatMap(({ ecosystems }) => ecosystems).reduce((sum, { components }) => sum + components, 0);
  return { word: state, looked, findings, ...because(state, services) };
}

/** How bad it is that it is known depends on what it opens, which nobody here can say. */
async function shippedOf(session: Session, scope: Scope): Promise<OtherFindings> {
  const { state, services } = await (await session.api()).call('security.secrets', { ...scope });
  const findings = services.flatMap((one) =>
    one.findings.map(({ path, line, kind, shown }) => ({
      id: 'shipped.secret',
      severity: 'high' as const,
      about: `${one.service}: ${path}:${line}`,
      text: `${kind} ${shown}`,
    })),
  );
  return { word: state, looked: services.reduce((sum, { files }) => sum + files, 0), findings, ...because(state, services) };
}

async function watchOf(session: Session, { application, environment }: Scope): Promise<OtherFindings> {
  const { environments } = await (await session.api()).call('apps.status', { application });
  const found = environments.find((one) => one.environment === environment);
  const looked = found?.services.reduce((sum, { instances }) => sum + instances.length, 0) ?? 0;
  if (!found?.watch) return { word: 'not_measured', because: 'the runtime watch is off', looked: 0, findings: [] };
  const { findings: seen, not_measured: blind } = found.watch;
  const findings = seen.map(({ kind, severity, service, message }) => ({
    id: `watch.${kind}`,
    severity: ofWatch[severity],
    about: service,
    text: message,
  }));
  const [open] = blind;
  if (findings.length > 0 || !open) return { word: findings.length > 0 ? 'not_met' : 'met', looked, findings };
  return { word: 'not_measured', because: `${open.service}: ${open.what}: ${open.because}`, looked, findings };
}

const ofWatch = { critical: 'critical', warning: 'medium', notice: 'info' } as const;

function ratingOf(rating: string | undefined): Severity | 'not_stated' {
  return rating === 'none' ? 'info' : (severities.find((one) => one === rating) ?? 'not_stated');
}

function because(
  state: OtherFindings['word'],
  services: readonly { readonly unmeasured: readonly string[] }[],
): { readonly because?: string } {
  if (state !== 'not_measured') return {};
  return { because: services.flatMap(({ unmeasured }) => unmeasured)[0] ?? 'nothing of it was measured' };
}

/** Whoever may not look, or a part that is not there: that is told, and no reason to try nothing. */
function unknown(thrown: unknown): OtherFindings {
  return { word: 'not_measured', because: asCodeError(thrown).message, looked: 0, findings: [] };
}
