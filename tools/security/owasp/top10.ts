// The three short lists: OWASP Top 10 of 2021 and of 2025, and the API Security Top 10 of 2023.
import type { List, Row } from './item.ts';
import { itemsOf, met, not } from './item.ts';
import { attacks, p } from './proofs.ts';

const access = met(p.everyRole, p.sameWords, p.moreThanOneHas, attacks('privileges: role × operation × place'), attacks('ids of others'));
const injection = met(p.corpus, attacks('injection: fields, logs, terminal'), attacks('traversal'));
const design = met(p.approvalOthers, p.approvalOnce, p.limited, attacks('races'), attacks('replay'));
const authentication = met(p.unknownCaller, p.tokensTaken, p.tokensEnd, p.tokensRevoked, p.throttle, attacks('authentication'));
const integrity = met(p.snapshotDigest, p.auditChain, p.lock);
const ssrf = met(p.callMetadata, p.callRules, p.callRedirects, attacks('SSRF'));
const crypto = met(p.sealed, p.sealedElsewhere, p.tlsRefuses, p.tlsAddresses, p.tlsGateway);
const configuration = met(p.loopback, p.socketOwner, p.storeOwner, p.metricsPage, p.noVersion);
const logging = not('alerts: every call is in the audit, and nobody is told of one by himself');
const components = met(p.scanFinds, p.scanCompares, p.lock);

const of2021: readonly Row[] = [
  ['A01', 'Broken access control', access],
  ['A02', 'Cryptographic failures', crypto],
  ['A03', 'Injection', injection],
  ['A04', 'Insecure design', design],
  ['A05', 'Security misconfiguration', configuration],
  ['A06', 'Vulnerable and outdated components', components],
  ['A07', 'Identification and authentication failures', authentication],
  ['A08', 'Software and data integrity failures', integrity],
  ['A09', 'Security logging and monitoring failures', logging],
  ['A10', 'Server-side request forgery', ssrf],
];

const of2025: readonly Row[] = [
  [
    'A01',
    'Broken access control, with server-side request forgery',
    met(
      p.everyRole,
      p.sameWords,
      p.callMetadata,
      attacks('privileges: role × operation × place'),
      attacks('ids of others'),
      attacks('SSRF'),
    ),
  ],
  ['A02', 'Security misconfiguration', configuration],
  ['A03', 'Software supply chain failures', met(p.scanFinds, p.scanCompares, p.billOf, p.unsigned, p.releaseBill, p.lock)],
  ['A04', 'Cryptographic failures', crypto],
  ['A05', 'Injection', injection],
  ['A06', 'Insecure design', design],
  ['A07', 'Authentication failures', authentication],
  ['A08', 'Software or data integrity failures', integrity],
  ['A09', 'Security logging and alerting failures', logging],
  [
    'A10',
    'Mishandling of exceptional conditions',
    met(p.defects, p.evaluation, p.disk, p.upstreamGone, p.fuzz, attacks('size'), attacks('slowness')),
  ],
];

const of2023: readonly Row[] = [
  ['API1', 'Broken object level authorization', met(p.sameWords, attacks('ids of others'))],
  ['API2', 'Broken authentication', authentication],
  ['API3', 'Broken object property level authorization', met(p.words, attacks('mass assignment'))],
  ['API4', 'Unrestricted resource consumption', met(p.budget, p.connections, p.throttleOwn, attacks('size'), attacks('slowness'))],
  ['API5', 'Broken function level authorization', met(p.everyRole, attacks('privileges: role × operation × place'))],
  ['API6', 'Unrestricted access to sensitive business flows', design],
  ['API7', 'Server-side request forgery', ssrf],
  ['API8', 'Security misconfiguration', configuration],
  ['API9', 'Improper inventory management', met(p.openapi, p.metricsPage)],
  ['API10', 'Unsafe consumption of APIs', met(p.callBroken, p.callRedirects)],
];

const short = (title: string, source: string, rows: readonly Row[]): List => ({
  title,
  source,
  chapters: [{ title, items: itemsOf(rows) }],
});

export const top10: readonly List[] = [
  short(
    'OWASP Top 10, 2021',
    'Categories of weaknesses, as <https://owasp.org/Top10/2021/> lists them. A category is met where tests try its known forms here, which is no proof that there are no others.',
    of2021,
  ),
  short('OWASP Top 10, 2025', 'As <https://owasp.org/Top10/2025/> lists them.', of2025),
];

export const apiTop10: List = short(
  'OWASP API Security Top 10, 2023',
  'As <https://owasp.org/API-Security/editions/2023/en/0x11-t10/> lists them.',
  of2023,
);
