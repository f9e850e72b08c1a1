// ASVS 5.0.0, V1 to V5: what comes in, what goes out, browsers, services and files.
import type { Row } from '../item.ts';
import { met, none, not } from '../item.ts';
import { attacks, p } from '../proofs.ts';

const noPages = none('there are no pages for browsers yet: API and gateway answer programs');
const noGraphql = none('there is no GraphQL');
const noMarkup = none('nothing here shows markup of others');
const noSuch = (what: string) => none(`nothing here speaks to ${what}`);
const memorySafe = none('all of it is JavaScript, whose memory is managed; there is no native code of our own');

const encoding: readonly Row[] = [
  ['1.1.1', 'What comes in is decoded once, and judged after that', met(p.corpus, attacks('traversal'))],
  ['1.1.2', 'What goes out is escaped last, for whoever reads it', met(p.corpus, p.textJson, attacks('injection: fields, logs, terminal'))],
  ['1.2.1', 'Escaping fits the place in an answer, fields of the head included', met(attacks('injection: fields, logs, terminal'))],
  ['1.2.2', 'Addresses that are put together are encoded, and only known schemes are called', met(p.corpus, attacks('SSRF'))],
  ['1.2.3', 'JSON that is put together stays what it is', met(p.textJson, p.corpus)],
  ['1.2.4', 'Databases are asked with parameters', not('a test that tries to inject into keys of the store; statements are constant')],
  ['1.2.5', 'Programs are started with lists of words, never by a shell line', met(p.corpus)],
  ['1.2.6', 'No injection into LDAP', noSuch('LDAP')],
  ['1.2.7', 'No injection into XPath', noSuch('XPath')],
  ['1.2.8', 'No injection into LaTeX', noSuch('LaTeX')],
  ['1.2.9', 'What is put into patterns is escaped', met(p.corpus)],
  ['1.3.1', 'HTML of others is cleaned', noMarkup],
  ['1.3.2', 'Nothing that comes in is evaluated as a program', met(p.law, p.manifests)],
  ['1.3.3', 'What goes to a dangerous place is limited to what is safe there', met(p.corpus, attacks('injection: fields, logs, terminal'))],
  ['1.3.4', 'SVG of others is cleaned', noMarkup],
  ['1.3.5', 'Scriptable markup of others is cleaned or off', noMarkup],
  ['1.3.6', 'Calls that others cause go only where they may', met(p.callMetadata, p.callRules, attacks('SSRF'))],
  [
    '1.3.7',
    'No templates are built from what comes in',
    none('there is no engine of templates; `${NAME}` and `{{release}}` are replaced by fixed values'),
  ],
  ['1.3.8', 'No injection into JNDI', noSuch('JNDI')],
  ['1.3.9', 'No injection into memcache', noSuch('memcache')],
  ['1.3.10', 'Format strings of others are not used', met(p.fuzz)],
  ['1.3.11', 'No injection into mail', noSuch('mail servers')],
  ['1.4.1', 'Memory is handled safely', memorySafe],
  ['1.4.2', 'Numbers do not overflow', met(p.differential, p.fuzz)],
  ['1.4.3', 'Memory is given back, and not used after that', memorySafe],
  ['1.5.1', 'Readers of XML resolve nothing outside', noSuch('XML')],
  ['1.5.2', 'Reading a document makes no objects but plain ones', met(p.corpus, p.manifests, attacks('mass assignment'))],
];

const validation: readonly Row[] = [
  ['2.1.1', 'What an input has to look like is written down', met(p.pages, p.openapi)],
  ['2.1.2', 'How values have to fit together is written down', met(p.pages, p.openapi)],
  [
    '2.1.3',
    'Limits of use are written down',
    not('a page of all limits; those of inputs stand in the OpenAPI document, others in SECURITY.md'),
  ],
  ['2.2.1', 'Every input is checked against what is expected', met(p.manifests, attacks('mass assignment'), p.fuzz)],
  ['2.2.2', 'It is the server that checks', met(attacks('mass assignment'), attacks('traversal'))],
  ['2.2.3', 'Values that belong together fit together', met(p.manifests)],
  ['2.3.1', 'Steps come in their order, none is left out', met(p.approvalOthers, p.approvalOnce, attacks('replay'))],
  ['2.3.2', 'Limits of use are enforced as they are written down', met(p.limited, p.throttleOwn)],
  ['2.3.3', 'A change is done whole or not at all', met(p.approvalOnce, p.keyMismatch, p.rotation)],
  ['2.3.4', 'What there is once is not given twice, however many ask', met(attacks('races'))],
  ['2.4.1', 'Too many calls are turned away', met(p.throttle, p.throttleOwn, attacks('slowness'))],
];

const frontend: readonly Row[] = [
  ['3.2.1', 'Answers are not shown by a browser as something else', met(p.headers)],
  ['3.2.2', 'Text is shown as text', noPages],
  ['3.3.1', 'Cookies are `Secure` and have a prefix', not('the gateway’s cookie of visitors is set without TLS')],
  ['3.3.2', 'Cookies have the `SameSite` that fits', not('a test of the attributes of the gateway’s cookie')],
  ['3.3.3', 'Cookies have the `__Host-` prefix', not('the name of the gateway’s cookie of visitors')],
  ['3.3.4', 'Cookies of sessions are `HttpOnly`', met(p.cookies)],
  ['3.4.1', 'HSTS is told', met(p.headers)],
  ['3.4.2', 'CORS is fixed or limited to known origins', met(p.hosts, attacks('authentication'))],
  ['3.4.3', 'A policy of contents is told', met(p.headers)],
  ['3.4.4', '`nosniff` is told with every answer', met(p.headers)],
  ['3.4.5', 'A policy of referrers is told', met(p.headers)],
  ['3.4.6', 'Nobody can put it into a frame', met(p.headers)],
  ['3.5.1', 'Requests that pages of others cause are refused', met(p.hosts, p.sessionProof, attacks('authentication'))],
  ['3.5.2', 'They are, also where no preflight is asked', met(p.contentTypes, p.hosts, attacks('authentication'))],
  ['3.5.3', 'What changes something is not asked by a safe method', met(p.methods, attacks('authentication'))],
  ['3.5.4', 'Applications have host names of their own', met(p.hosts)],
  ['3.5.5', 'Messages between windows are checked', noPages],
  ['3.7.1', 'Only living techniques of browsers are used', noPages],
  ['3.7.2', 'Visitors are sent only where that is allowed', none('neither API nor gateway sends anybody elsewhere')],
];

const service: readonly Row[] = [
  ['4.1.1', 'Every answer tells the type of its content', met(p.bodies, p.metricsPage)],
  ['4.1.2', 'Programs are not sent on from HTTP to HTTPS', none('nothing is sent on')],
  ['4.1.3', 'What a proxy tells cannot be told by its client', met(p.trueClient, attacks('injection: fields, logs, terminal'))],
  ['4.2.1', 'Where a request ends is read in one way by all', met(p.differential, attacks('smuggling'), p.fuzz)],
  ['4.3.1', 'GraphQL: depth and cost are limited', noGraphql],
  ['4.3.2', 'GraphQL: it does not describe itself to strangers', noGraphql],
  ['4.4.1', 'WebSockets go over TLS', not('TLS of the gateway')],
  ['4.4.2', 'WebSockets: the origin is checked', none('the gateway passes them on; whose pages may open one is the application’s to say')],
  ['4.4.3', 'WebSockets: tokens of their own follow the rules of sessions', none('no session of ours goes over one')],
  ['4.4.4', 'WebSockets: such tokens come from the session before', none('no session of ours goes over one')],
];

const handling: readonly Row[] = [
  ['5.1.1', 'Which files may be uploaded, and how large, is written down', met(p.openapi)],
  ['5.2.1', 'Files are only taken as large as they can be handled', met(p.snapshotSize, attacks('size'))],
  [
    '5.2.2',
    'A file is of the type that its name says',
    none('content is kept by its digest and run as its owner says; its type is nothing here'),
  ],
  ['5.2.3', 'Archives are judged before they are unpacked', met(p.corpus)],
  ['5.3.1', 'Uploads are not run by being asked for', none('no upload can be asked for by HTTP')],
  ['5.3.2', 'Names of files that others choose lead nowhere else', met(p.corpus, p.beneath, attacks('traversal'))],
  ['5.4.1', 'Downloads have a name that was checked', none('there are no downloads')],
  ['5.4.2', 'Names of downloads are encoded', none('there are no downloads')],
  ['5.4.3', 'Files of strangers are scanned', none('what is uploaded is a program of whoever may deploy one')],
];

export const inputChapters = [
  { title: 'V1 Encoding and sanitization', rows: encoding },
  { title: 'V2 Validation and business logic', rows: validation },
  { title: 'V3 Web frontend', rows: frontend },
  { title: 'V4 API and web service', rows: service },
  { title: 'V5 File handling', rows: handling },
];
