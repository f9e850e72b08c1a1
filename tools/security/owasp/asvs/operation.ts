// ASVS 5.0.0, V13 to V17: settings, data, code, logs and errors, and calls of browsers.
import type { Row } from '../item.ts';
import { met, none, not } from '../item.ts';
import { attacks, p } from '../proofs.ts';

const noWebRtc = none('there is no WebRTC');

const configuration: readonly Row[] = [
  ['13.1.1', 'With whom it speaks is written down', not('such a list; `calls_allowed` limits what manifests may name')],
  ['13.2.1', 'Parts of it show one another who they are', met(p.socketOwner)],
  ['13.2.2', 'Parts of it have the least rights that they need', not('daemon, gateway and processes are one user of the system')],
  ['13.2.3', 'No credentials by default', met(p.tokensKept, p.unknownCaller)],
  ['13.2.4', 'Whom it may call is listed', met(p.callRules, attacks('SSRF'))],
  ['13.2.5', 'What the server may load or ask is listed', met(p.callRules, p.beneath, attacks('SSRF'))],
  ['13.3.1', 'Secrets have a store, and are in no source', met(p.sealed, p.redactNames)],
  ['13.3.2', 'Secrets are for those who need them', met(p.instanceEnv, attacks('privileges: role × operation × place'))],
  ['13.4.1', 'No metadata of version control is shipped', not('a test that names `.git` at this place; scans leave it out')],
  ['13.4.2', 'No debugging in production', met(p.defects)],
  ['13.4.3', 'No listings of directories', met(attacks('traversal'))],
  ['13.4.4', 'No TRACE', met(attacks('authentication'), p.differential)],
  ['13.4.5', 'Pages for operators are not for everybody', met(p.metricsPage)],
];

const data: readonly Row[] = [
  ['14.1.1', 'Sensitive data is known and classified', not('levels of protection; secrets are the one class there is')],
  ['14.1.2', 'What each level asks is written down', not('levels of protection')],
  ['14.2.1', 'Nothing sensitive stands in an address', met(attacks('authentication'))],
  [
    '14.2.2',
    'Nothing sensitive stays in caches of the server',
    not('a test; a value is opened for a start, and neither API nor gateway caches answers'),
  ],
  ['14.2.3', 'Nothing sensitive goes to third parties', not('a test; nothing is reported to anybody')],
  ['14.2.4', 'What was written down for each level is done', not('levels of protection')],
  ['14.3.1', 'Data in browsers is cleared', none('there are no pages for browsers yet')],
  ['14.3.2', 'Answers are not kept by browsers', met(p.headers)],
  ['14.3.3', 'Nothing sensitive is stored in browsers', none('there are no pages for browsers yet')],
];

const code: readonly Row[] = [
  ['15.1.1', 'How soon weak components are replaced is written down', not('such times')],
  ['15.1.2', 'All components are listed, from known places', met(p.lock)],
  ['15.1.3', 'What costs much is written down, and how it is limited', not('such a page; SECURITY.md tells limits')],
  [
    '15.2.1',
    'No component is older than allowed',
    not('times within which weak components are replaced; `codectl security scan` finds them'),
  ],
  ['15.2.2', 'What costs much cannot stop the rest', met(p.budget, p.unread, p.gatewayHead, attacks('size'), attacks('slowness'))],
  ['15.2.3', 'Nothing but the product is shipped', not('a test of what the package holds')],
  ['15.3.1', 'Answers have only the members that are meant', met(p.openapi, p.redactor)],
  ['15.3.2', 'Redirects are not followed unless meant', met(p.callBroken, p.callRedirects, attacks('SSRF'))],
  ['15.3.3', 'Members that an operation does not have are refused', met(p.words, attacks('mass assignment'))],
  ['15.3.4', 'The true address of a client is passed on, and used', met(p.trueClient, attacks('injection: fields, logs, terminal'))],
  ['15.3.5', 'Values are of the type that is expected', met(p.manifests, attacks('mass assignment'))],
  ['15.3.6', 'No prototype can be reached', met(p.corpus, attacks('mass assignment'))],
  ['15.3.7', 'A parameter given twice is refused', met(attacks('mass assignment'), attacks('ids of others'))],
];

const logging: readonly Row[] = [
  ['16.1.1', 'What is logged where, and for how long, is written down', not('such a list; SECURITY.md tells of the audit')],
  ['16.2.1', 'Each entry tells who, what, when', met(p.auditLists)],
  ['16.2.2', 'Times are in UTC', met(p.auditLists)],
  ['16.2.3', 'Logs go only where that is written down', not('such a list')],
  ['16.2.4', 'Logs can be read by programs', met(p.textJson, attacks('injection: fields, logs, terminal'))],
  ['16.2.5', 'Nothing sensitive is logged as it is', met(p.auditSecrets, p.redactNames, p.redactor)],
  ['16.3.1', 'Signing in is logged, also where it fails', not('records of calls without a valid token')],
  ['16.3.2', 'Refusals are logged', met(p.refusalsWritten)],
  ['16.3.3', 'Attempts to get around it are logged', not('records of inputs that were refused')],
  ['16.3.4', 'Errors nobody expected are logged', met(p.defects)],
  ['16.4.1', 'Nobody can forge a line of a log', met(p.corpus, attacks('injection: fields, logs, terminal'))],
  ['16.4.2', 'Nobody can change a log unseen', met(p.auditChain, p.auditConcurrent, p.storeOwner)],
  ['16.4.3', 'Logs are sent elsewhere', not('sending the audit to another system')],
  ['16.5.1', 'Errors tell strangers nothing of the inside', met(p.defects, p.noVersion)],
  ['16.5.2', 'It goes on when something outside fails', met(p.upstreamGone, p.disk)],
  ['16.5.3', 'When it fails, it refuses', met(p.evaluation, p.sealedElsewhere)],
];

const calls: readonly Row[] = (
  [
    ['17.1.1', 'TURN leads to no address of special use'],
    ['17.2.1', 'Keys of DTLS are kept safely'],
    ['17.2.2', 'DTLS has approved suites'],
    ['17.2.3', 'SRTP is authenticated'],
    ['17.2.4', 'Malformed SRTP does no harm'],
    ['17.3.1', 'Signalling bears a flood'],
    ['17.3.2', 'Malformed signalling does no harm'],
  ] as const
).map(([id, words]): Row => [id, words, noWebRtc]);

export const operationChapters = [
  { title: 'V13 Configuration', rows: configuration },
  { title: 'V14 Data protection', rows: data },
  { title: 'V15 Secure coding and architecture', rows: code },
  { title: 'V16 Logging and error handling', rows: logging },
  { title: 'V17 WebRTC', rows: calls },
];
