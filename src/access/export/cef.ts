// One audit record in ArcSight's Common Event Format (CEF 0, revision 25): a line for syslog and what reads it.
import { canonicalJson } from '../../base/digest.ts';
import type { AuditRecord } from '../../model/principal.ts';

const severities = { ok: 2, refused: 6, failed: 4 } as const;

export function cefLine(record: AuditRecord, version: string): string {
  const { operation, result, phase } = record;
  const severity = phase === 'intent' ? 2 : severities[result ?? 'ok'];
  const head = ['CEF:0', 'CODE', 'codectl', version, operation, `${operation} ${phase}`, String(severity)];
  return `${head.map(headText).join('|')}|${extension(record)}`;
}

/** Custom strings carry what CEF has no name for; each with its label, as the format asks. */
function extension({
  sequence,
  at,
  principal,
  operation,
  effect,
  phase,
  call,
  result,
  error,
  policies,
  subject,
  hash,
  previous,
}: AuditRecord): string {
  const custom = [
    ['phase', phase],
    ['effect', effect],
    ['call', call],
    ['hash', hash],
    ['previous', previous],
    ['policies', policies?.join(' ')],
  ] as const;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['rt', String(at)],
    ['externalId', String(sequence)],
    ['suser', principal],
    ['act', operation],
    ['outcome', result],
    ['reason', error],
    ['msg', canonicalJson(subject)],
    ...custom.flatMap(([label, value], index): [string, string | undefined][] => [
      [`cs${index + 1}Label`, value === undefined ? undefined : label],
      [`cs${index + 1}`, value],
    ]),
  ];
  return pairs.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}=${extensionText(value)}`])).join(' ');
}

function headText(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|]/g, '\\$&');
}

function extensionText(text: string): string {
  return text.replaceAll(/[\\=]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
