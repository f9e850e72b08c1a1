// What is made of recordings and descriptions can be read back, says what it left out, and carries nobody's credentials.
import { describe, expect, it } from 'vitest';
import { scenarioFromHar } from './har.ts';
import { scenarioFromOpenApi } from './openapi.ts';
import { readScenario } from './read.ts';

const entry = (method: string, url: string, at: number, more: object = {}) => ({
  startedDateTime: new Date(at).toISOString(),
  request: {
    method,
    url,
    headers: [
      { name: 'Accept', value: 'text/html' },
      { name: 'Cookie', value: 'session=canary' },
      { name: 'Authorization', value: 'Bearer canary' },
    ],
    ...more,
  },
  response: { status: 200 },
});

describe('a recording', () => {
  const entries = [
    entry('GET', 'https://shop.test/?a=1', 0),
    entry('GET', 'https://cdn.test/x.js', 10),
    entry('POST', 'https://shop.test/orders', 400, { postData: { text: '{"item":"apple"}' } }),
    entry('GET', 'https://shop.test/orders/{id}', 900),
    entry('CONNECT', 'https://shop.test/', 950),
  ];

  it('becomes one flow of the first host, in its order, with its pauses, without cookies', () => {
    const { text, notes } = scenarioFromHar({ log: { entries } }, 'shop.har', undefined);
    expect(text).not.toContain('canary');
    const { flows } = readScenario(text, 'made.yaml');
    expect(flows).toHaveLength(1);
    expect(flows[0]).toMatchObject({ think: 450 });
    expect(flows[0]?.steps.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', '/?a=1', undefined],
      ['POST', '/orders', '{"item":"apple"}'],
      ['GET', '/orders/%7Bid%7D', undefined],
    ]);
    expect(flows[0]?.steps[0]).toMatchObject({ headers: { accept: 'text/html' }, checks: [{ kind: 'status', is: [200] }] });
    expect(notes.slice(0, 2)).toEqual([
      '1 request left out: cannot be written as a step.',
      '1 request left out: went to other hosts than shop.test.',
    ]);
    expect(readScenario(scenarioFromHar({ log: { entries } }, 'shop.har', 'cdn.test').text, 'made.yaml').flows[0]?.steps).toHaveLength(1);
  });

  it.each([[null], [{}], [{ log: { entries: 5 } }], [{ log: { entries: [null, {}, { request: 'x' }] } }]])('%j is none', (document) => {
    expect(() => scenarioFromHar(document, 'x.har', undefined)).toThrow(/no recording of a browser|Nothing in x.har can be sent/);
  });
});

describe('a description', () => {
  it('leaves out what would not be read back, and says why: a name in a path, or in an example, that nothing explains', () => {
    const paths = {
      '/items': { get: {} },
      '/items/{id}': { get: {} },
      '/notes': { post: { requestBody: { content: { 'application/json': { example: { text: 'like {this}' } } } } } },
    };
    const { text, notes } = scenarioFromOpenApi({ openapi: '3.1.0', paths }, 'api.json', true);
    const nul = { name: 'q', in: 'query', required: true, example: 'a\0b' };
    const odd = scenarioFromOpenApi({ openapi: '3.1.0', paths: { ...paths, '/odd': { get: { parameters: [nul] } } } }, 'api.json', true);
    expect(odd.notes.join()).toContain('GET /odd left out: it holds a NUL character');
    expect(readScenario(text, 'made.yaml').flows.map(({ name }) => name)).toEqual(['GET /items']);
    expect(notes.join('\n')).toMatch(
      /GET \/items\/\{id\} left out: nothing is known as \{id\}[^]*POST \/notes left out: nothing is known as \{this\}/,
    );
  });

  const document = {
    openapi: '3.1.0',
    paths: {
      '/items': { get: { parameters: [{ name: 'q', in: 'query' }], responses: { 200: {}, 404: {} } } },
      '/items/{id}': {
        parameters: [{ $ref: '#/components/parameters/id' }],
        get: { responses: { 200: {} } },
        put: { requestBody: { required: true, content: { 'application/json': { example: { name: 'pear' } } } } },
        delete: {},
      },
      '/kinds/{kind}': { get: { parameters: [{ name: 'kind', in: 'path', required: true, schema: { enum: ['fruit', 'nut'] } }] } },
      '/any/{thing}': { get: { parameters: [{ name: 'thing', in: 'path', required: true, schema: { type: 'string' } }] } },
      '/loop': { get: { parameters: [{ $ref: '#/components/parameters/loop' }] } },
    },
    components: {
      parameters: {
        id: { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 5, maximum: 9 } },
        loop: { $ref: '#/components/parameters/loop' },
      },
    },
  };

  it('becomes a flow for each operation that changes nothing and can be asked', () => {
    const { text, notes } = scenarioFromOpenApi(document, 'api.json', false);
    const { flows, data } = readScenario(text, 'made.yaml');
    expect(flows.map(({ steps: [step] }) => `${step.method} ${step.path}`)).toEqual([
      'GET /items',
      'GET /items/{items_id_id}',
      'GET /kinds/{kinds_kind_kind}',
      'GET /loop',
    ]);
    expect(data).toEqual({
      items_id_id: { kind: 'range', from: 5, to: 9 },
      kinds_kind_kind: { kind: 'list', values: ['fruit', 'nut'] },
    });
    expect(flows[0]?.steps[0].checks).toEqual([{ kind: 'status', is: [200] }]);
    expect(notes).toEqual([
      'PUT /items/{id} left out: it changes something (add --writes).',
      'DELETE /items/{id} left out: it changes something (add --writes).',
      'GET /any/{thing} left out: nobody says what its parameter thing may be (give it an example).',
    ]);
  });

  it('has what changes something, too, where that is asked for', () => {
    const { flows } = readScenario(scenarioFromOpenApi(document, 'api.json', true).text, 'made.yaml');
    expect(flows.flatMap(({ steps }) => steps).find(({ method }) => method === 'PUT')).toMatchObject({ body: '{"name":"pear"}' });
  });

  it.each([[null], [{ swagger: '2.0', paths: {} }], [{ openapi: '3.0.0', paths: {} }]])('%j is none', (other) => {
    expect(() => scenarioFromOpenApi(other, 'x.json', false)).toThrow(/no description of an API|Nothing in x.json can be sent/);
  });
});
