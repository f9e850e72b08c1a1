// The shape of a scenario file, with words for people.
import { z } from 'zod';
import { duration, host, textLike, time } from '../../../model/manifest/schema/scalars.ts';
import { choice, list, mapping, named, says, whole, word } from '../../../model/manifest/schema/words.ts';
import { highestAsked, mostUsers } from '../../../model/proving/written-arrivals.ts';

const aName = word('a name of up to 60 letters, digits, blanks and "-_./"', 'list', /^[\w][\w ./-]{0,59}$/);
const valueName = word('a name of lower-case letters, digits and "_"', 'order_id', /^[a-z][a-z0-9_]{0,39}$/);
const fieldName = word('the name of a header', 'accept-language', /^[A-Za-z][A-Za-z0-9-]{0,63}$/);
/** Where a request goes and where it ends is not a scenario's to say. */
const ownField = word(
  'the name of a header that neither leads elsewhere nor frames the request',
  'accept-language',
  /^(?!(?:host|content-length|transfer-encoding|connection|upgrade|expect|te|trailer)$)[A-Za-z][A-Za-z0-9-]{0,63}$/i,
);
const fieldValue = word('one line of plain characters', 'en', /^[ -~]{0,2000}$/);
const memberPath = word('a path in a JSON answer', 'items.0.id', /^[\w-]+(?:\.[\w-]+){0,20}$/);
const request = word('a method and a path', 'GET /items', /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/[!-~]{0,2000}$/);
const status = whole(100, 599, 200);

const expected = mapping('Expect', 'status: 200', {
  status: z.union([status, list(status, 'a list of statuses', '[200, 201]', 1, 20)], says('a status or a list of them', '200')).optional(),
  contains: textLike('in stock').optional(),
  header: named(fieldName, textLike('application/json'), 'content-type: application/json').optional(),
  json: named(memberPath, textLike('*'), 'items.0.id: "*"').optional(),
});

const step = mapping('Step', 'request: GET /items', {
  request,
  name: aName.optional(),
  protocol: choice(['http', 'websocket', 'events']).optional(),
  headers: named(ownField, fieldValue, 'accept-language: en').optional(),
  body: z.string(says('text', 'hello')).max(1_000_000).optional(),
  json: z.unknown().optional(),
  expect: expected.optional(),
  capture: named(
    valueName,
    word('where it stands in the answer', 'json items.0.id', /^(?:json [\w-]+(?:\.[\w-]+){0,20}|header [A-Za-z][A-Za-z0-9-]{0,63})$/),
    'id: json items.0.id',
  ).optional(),
});

const flow = mapping('Flow', 'steps: [{ request: GET / }]', {
  weight: z.number(says('a number above 0', '1')).positive().max(1_000_000).default(1),
  think: duration('1s').default(0),
  steps: list(step, 'a list of steps', '[{ request: GET / }]', 1, 100),
});

const rate = z.number(says('a rate a second', '100')).min(0).max(highestAsked);

const phase = mapping('Phase', 'rate: 100', {
  name: word('a name of letters, digits and "-"', 'steady', /^[a-z0-9][a-z0-9-]{0,39}$/),
  lasts: time('30s'),
  rate: rate.optional(),
  arrivals: z.string(says('how requests arrive', 'poisson')).optional(),
  replay: list(rate, 'a rate for each second', '[10, 20]', 1, 86_400).optional(),
  users: whole(1, mostUsers, 50).optional(),
  think: duration('1s').optional(),
});

const values = z.union([
  list(textLike('apple'), 'a list of values', '[apple, pear]', 1, 100_000),
  mapping('Range', 'from: 1', { from: z.int(says('a whole number', '1')), to: z.int(says('a whole number', '1000')) }),
]);

export const scenarioSchema = mapping('Scenario', 'flows: { home: { steps: [{ request: GET / }] } }', {
  name: aName.optional(),
  route: host.optional(),
  data: named(valueName, values, 'item: [apple, pear]').optional(),
  flows: named(aName, flow, 'home: { steps: [{ request: GET / }] }'),
  phases: list(phase, 'a list of phases', '[{ name: steady, rate: 100, lasts: 30s }]', 1, 50).optional(),
  thresholds: list(word('a threshold', 'p99 < 100ms', /^.{1,60}$/), 'a list of thresholds', '["p99 < 100ms"]', 1, 50).optional(),
});

export type WrittenScenario = z.infer<typeof scenarioSchema>;
export type WrittenStep = z.infer<typeof step>;
export type WrittenPhase = z.infer<typeof phase>;
