// `security scan|sbom|licences`.
import { CodeError } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit, exitOfOutcome } from '../exit-codes.ts';
import type { Paint, Style } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { LicencesView, ScanView } from './answers.ts';

type Measured = ScanView['state'];

const styles: Readonly<Record<Measured, Style>> = { met: 'green', not_met: 'red', not_measured: 'yellow' };

export function exitOfMeasured(state: Measured): number {
  if (state === 'met') return exit.ok;
  return state === 'not_met' ? exit.unmet : exitOfOutcome('inconclusive');
}

export async function scan(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const input = { ...scope, service: given.text('service'), at_least: given.text('atLeast'), npm_audit: given.flag('npmAudit') };
  const answer = await (await session.api()).call('security.scan', input);
  out.document(answer);
  out.text(answer.services.map((one) => scanText(one, out.paint, out.width)).join('\n\n'));
  return exitOfMeasured(answer.state);
}

export function scanText({ service, release, state, findings, ecosystems, unmeasured }: ScanView, paint: Paint, width?: number): string {
  const title = titleOf({ service, release, state }, paint);
  const rows = findings.map(({ id, aliases, purl, fixed, severity, summary }) => [
    [id, ...aliases].join(', '),
    severity ? `${severity.rating} ${severity.score}` : 'not stated',
    purl,
    fixed.join(', ') || 'none known',
    summary ?? '',
  ]);
  const table = tableText(['ADVISORY', 'SEVERITY', 'COMPONENT', 'FIXED IN', 'SUMMARY'], rows, paint, width);
  const measured = ecosystems.map(
    ({ ecosystem, components, state: own, as_of, records, asked }) =>
      `${ecosystem}: ${components} components, ${own}${as_of === undefined ? '' : ` against ${records} records up to ${as_of}${asked === undefined ? '' : `, asked of ${asked}`}`}`,
  );
  return [title, ...(table === '' ? [] : [table]), ...measured, ...notMeasured(unmeasured, paint)].join('\n');
}

export async function sbom(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const { bills } = await (await session.api()).call('security.sbom', {
    ...scope,
    service: given.text('service'),
    format: given.text('format'),
  });
  out.document({ bills });
  const [only, second] = bills;
  if (second && !out.json)
    throw new CodeError('usage', `There are ${bills.length} services, and each has a bill of its own.`, {
      hint: `Add --service ${bills[0]?.service}, for example, or --json for all.`,
    });
  out.text(JSON.stringify(only?.document, null, 2));
  return exit.ok;
}

export async function licences(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('security.licences', { ...scope, service: given.text('service') });
  out.document(answer);
  out.text(answer.services.map((one) => licencesText(one, out.paint, out.width)).join('\n\n'));
  return exitOfMeasured(answer.state);
}

export function licencesText({ service, release, state, components, unmeasured }: LicencesView, paint: Paint, width?: number): string {
  const title = titleOf({ service, release, state }, paint);
  const rows = components.map((one) => [one.purl, one.licence ?? 'not declared', paint(styles[one.state], one.state), one.because ?? '']);
  const table = tableText(['COMPONENT', 'LICENCE', 'STATE', 'REASON'], rows, paint, width);
  return [title, ...(table === '' ? [] : [table]), ...notMeasured(unmeasured, paint)].join('\n');
}

export function titleOf({ service, release, state }: Pick<ScanView, 'service' | 'release' | 'state'>, paint: Paint): string {
  return `${paint('bold', service)} (${release}): ${paint(styles[state], state)}`;
}

export function notMeasured(reasons: readonly string[], paint: Paint): readonly string[] {
  return reasons.map((one) => `${paint('yellow', 'not measured:')} ${one}`);
}
