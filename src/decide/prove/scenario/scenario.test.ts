// Scenarios are read strictly: each mistake is named with its place, and a check that could never fail is refused.
import { describe, expect, it } from 'vitest';
import { wholeScenario } from '../../../../test/kit/scenario.ts';
import { asCodeError } from '../../../base/errors.ts';
import { readScenario } from './read.ts';

it('reads everything that can be said', () => {
  const { flows, data, phases, thresholds, ...rest } = readScenario(wholeScenario, 'visit.yaml');
  expect(rest).toEqual({ name: 'shop', route: 'shop.localhost' });
  expect(data).toEqual({ item: { kind: 'list', values: ['apple', 'pear'] }, count: { kind: 'range', from: 1, to: 9 } });
  expect(flows.map(({ name, weight, think }) => [name, weight, think])).toEqual([
    ['buy', 3, 200],
    ['look', 1, 0],
  ]);
  expect(flows[0]?.steps[0]).toMatchObject({
    name: 'list',
    method: 'GET',
    path: '/items?like={item}',
    checks: [
      { kind: 'status', is: [200] },
      { kind: 'contains', text: 'apple' },
      { kind: 'header', name: 'content-type', contains: 'json' },
      { kind: 'json', path: 'items.0.id' },
    ],
    capture: { id: { from: 'json', path: 'items.0.id' }, next: { from: 'header', path: 'location' } },
  });
  expect(flows[0]?.steps[1]).toMatchObject({ name: 'buy/2 POST /orders/{id}', body: '{"item":"{item}","count":"{count}"}' });
  expect(phases.map(({ arrivals }) => arrivals)).toEqual([
    { kind: 'poisson', rate: 20 },
    { kind: 'ramp', from: 10, to: 100 },
    { kind: 'users', users: 50, think: 2_000 },
    { kind: 'replay', rates: [1, 2, 3] },
  ]);
  expect(thresholds.map(({ figure, op, value }) => [figure, op, value])).toEqual([
    ['performance.latency.p99', '<', 100],
    ['performance.errors', '<=', 0.01],
    ['performance.throughput', '>', 90],
  ]);
});

const home = 'flows: { a: { steps: [{ request: GET / }] } }';
const step = (text: string) => `flows:\n  a:\n    steps:\n      - ${text}\n`;

describe('refuses', () => {
  it.each([
    ['', /is missing|expected a mapping/],
    ['flos: {}', /visit\.yaml:1:1 flos: unknown key, did you mean "flows"\?/],
    [step('{ request: GET /, expect: { staus: 200 } }'), /4:\d+ flows\.a\.steps\[0\]\.expect\.staus: unknown key, did you mean "status"\?/],
    [step('request: FETCH /'), /4:\d+ .*request: expected a method and a path/],
    [step('request: "GET /a b"'), /expected a method and a path/],
    [step('{ request: "GET /{itm}" }'), /nothing is known as \{itm\} here/],
    [`data: { item: [x] }\n${step('{ request: "GET /{itm}" }')}`, /nothing is known as \{itm\} here, did you mean "item"\?/],
    [step('{ request: "GET /{id}", capture: { id: json id } }'), /nothing is known as \{id\} here/],
    [step('{ request: POST /, body: x, json: {} }'), /give body or json, not both/],
    [step('{ request: POST /, protocol: websocket }'), /a WebSocket is asked for with GET/],
    [step('{ request: GET /, headers: { a: "x\\r\\ny: z" } }'), /one line of plain characters/],
    [step('{ request: GET /, expect: { contains: "" } }'), /4:\d+ flows\.a\.steps\[0\]\.expect\.contains: this check cannot fail/],
    [`${home}\nphases: [{ name: a, lasts: 1s }]`, /phases\[0\]: says no arrivals that fit together/],
    [`${home}\nphases: [{ name: a, lasts: 1s, rate: 5, users: 5 }]`, /says no arrivals that fit together/],
    [`${home}\nphases: [{ name: a, lasts: 1s, arrivals: "ramp:1-2", rate: 5 }]`, /says no arrivals that fit together/],
    [`${home}\nphases: [{ name: a, lasts: 1s, rate: 1 }, { name: a, lasts: 1s, rate: 1 }]`, /there is another phase a/],
    [`${home}\nthresholds: ["p98 < 1s"]`, /thresholds\[0\]: expected a threshold such as/],
    [`${home}\nthresholds: ["p99 < 1%"]`, /thresholds\[0\]: expected a threshold such as/],
    [`data: { n: { from: 5, to: 1 } }\n${home}`, /data\.n\.to: is below from \(5\)/],
  ])('%j', (text, message) => {
    let said: unknown;
    try {
      said = readScenario(text, 'visit.yaml');
    } catch (thrown) {
      said = asCodeError(thrown).message;
    }
    expect(said).toMatch(message);
  });

  it('a status that is any status, because no wrong answer could show it', () => {
    const any = Array.from({ length: 20 }, (_, at) => [200, 418, 599, 201][at % 4]);
    expect(() => readScenario(step(`{ request: GET /, expect: { status: [${any.join(', ')}] } }`), 'visit.yaml')).toThrow(/cannot fail/);
  });
});

it.each([
  'host: other.localhost',
  'Transfer-Encoding: chunked',
  'content-length: "3"',
  'Connection: close',
])('takes no header that leads elsewhere or frames the request: %s', (header) => {
  const text = `flows: { home: { steps: [{ request: GET /, headers: { ${header} } }] } }`;
  const thrown = (() => {
    try {
      return readScenario(text, 'visit.yaml');
    } catch (error) {
      return asCodeError(error).message + JSON.stringify(asCodeError(error).details);
    }
  })();
  expect(thrown).toContain('neither leads elsewhere nor frames');
});
