// What files of trials are made of: whole ones, which are read, and words that mean something to one of their readers.

export const experiment = `name: slow
load: { rate: 5, path: /items, concurrency: 4 }
faults:
  - { kind: latency, service: api, at: 1s, lasts: 10s, settings: { delay: 200ms } }
  - { kind: crash, part: gateway, instances: all, lasts: 5s }
---
name: cut
load: { rate: 5 }
faults: [{ kind: partition, service: web, instances: 2, lasts: 30s }]
`;

const entry = {
  startedDateTime: '2026-01-01T00:00:00.000Z',
  request: {
    method: 'POST',
    url: 'https://shop.test/orders/{id}?a=1',
    headers: [{ name: 'Accept', value: 'text/html' }],
    postData: { mimeType: 'application/json', text: '{"item":"apple"}' },
  },
  response: { status: 201 },
};
const plain = {
  startedDateTime: '2026-01-01T00:00:01.000Z',
  request: { method: 'GET', url: 'https://shop.test/', headers: [] },
  response: { status: 200 },
};

export const recorded: readonly string[] = [
  JSON.stringify({ log: { version: '1.2', entries: [entry, plain] } }, null, 1),
  JSON.stringify({ log: { entries: [plain, entry, plain, { request: null }] } }),
];

const api = {
  openapi: '3.1.0',
  paths: {
    '/items': { get: { parameters: [{ name: 'q', in: 'query', required: true, example: 'tea' }], responses: { 200: {}, 404: {} } } },
    '/items/{id}': {
      parameters: [{ $ref: '#/components/parameters/id' }],
      get: { responses: { 200: {} } },
      put: { requestBody: { required: true, content: { 'application/json': { example: { name: 'tea', more: [1, '{id}'] } } } } },
    },
    '/things/{kind}': {
      head: { parameters: [{ name: 'kind', in: 'path', required: true, schema: { type: 'string', enum: ['a', 'b c'] } }] },
    },
  },
  components: { parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 3, maximum: 9 } } } },
};

export const described: readonly string[] = [
  JSON.stringify(api, null, 1),
  `openapi: 3.0.3
paths:
  /items/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, example: 7 }]
      responses: { '200': { description: ok } }
    post:
      parameters: [{ name: id, in: path, required: true, examples: { one: { value: a } } }]
      requestBody: { content: { application/json: { examples: { one: { value: { a: b } } } } } }
`,
];

export const words: readonly string[] = [
  '{id}',
  '{',
  '}',
  '{a}{b}',
  'GET /',
  'GET',
  'GET /a b',
  'TRACE /',
  '/',
  '//',
  '/{id}',
  '/%7B',
  '/a#b',
  '?',
  '/items?x={item}',
  'https://shop.test/\u00e9?\u{1F600}',
  'http://[::1]:8080/',
  'file:///etc/passwd',
  'javascript:0',
  '#/components/parameters/id',
  '#/',
  '#/paths',
  '#/__proto__',
  'path',
  'query',
  'header',
  'required',
  'integer',
  'json a.b',
  'header x',
  'p99 < 1ms',
  'p99 < ',
  'errors <= 200%',
  'ramp:0-0',
  'ramp:1-1e9',
  '1e308',
  '-0',
  '0.1',
  '9007199254740993',
  '[]',
  '{}',
  'null',
  'true',
  '""',
  ' ',
  '\t',
  '\u0000',
  '\u0085',
  '\u2028',
  '\u00a0',
  '\ud800',
  '\u202e',
  '~',
  '*',
  '#',
  'x: y',
  '- x',
  'a'.repeat(100),
  'a'.repeat(1_100),
  '3.',
  '2.0',
  '200',
  '999',
  '2026-02-30T99:99:99Z',
  '+275760-09-13T00:00:00.001Z',
  '__proto__',
  'constructor',
];
