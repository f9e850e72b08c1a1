// What the engine knows already of an application's security: advisories on what is live, secrets in what is shipped, what the runtime watch saw.
import { asCodeError } from '../../../base/errors.ts';
import type { Scope } from '../../../model/instance.ts';
import type { OtherFindings, Severity } from '../../../model/proving/probe.ts';
import { severities } from '../../../model/proving/probe.ts';
import type { Session } from '../session.ts';
import type { SecurityWish } from './proving.ts';

export async function knownOf(session: Session, scope: Scope): Promise<SecurityWish['others']> {
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
