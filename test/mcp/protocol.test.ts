// What the protocol asks of whoever serves it over HTTP: heads that say what the content says, sessions of their owner, tasks only for those who know them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { propertiesOf } from '../../src/surfaces/mcp/schema.ts';
import { shelf } from './kit.ts';
import { Served } from './served.ts';

let served: Served;
beforeEach(async () => {
  served = await Served.open();
});
afterEach(() => served.close());

const place = { application: 'shop', environment: 'test' };
const modern = (method: string, params: Readonly<Record<string, unknown>>, capabilities: object = {}) => ({
  jsonrpc: '2.0',
  id: 7,
  method,
  params: {
    ...params,
    _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': capabilities },
  },
});
const heads = (method: string, name: string, more: Readonly<Record<string, string>> = {}) => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  'mcp-name': name,
  ...more,
});

describe('a head that says something else than the content', () => {
  const call = modern('tools/call', { name: 'run_list', arguments: place });
  const right = { 'mcp-param-application': 'shop', 'mcp-param-environment': 'test' };

  it.each<[string, Readonly<Record<string, string>>]>([
    ['of the method', heads('tools/list', 'run_list', right)],
    ['of the tool', heads('tools/call', 'run_get', right)],
    ['of the application', heads('tools/call', 'run_list', { ...right, 'mcp-param-application': 'bank' })],
    ['in Base64', heads('tools/call', 'run_list', { ...right, 'mcp-param-application': '=?base64?YmFuaw==?=' })],
    ['in broken Base64', heads('tools/call', 'run_list', { ...right, 'mcp-param-application': '=?base64?c2hvcA?=' })],
    ['by not saying it', heads('tools/call', 'run_list', { 'mcp-param-application': 'shop' })],
  ])('is refused: %s', async (_, headers) => {
    const answer = await served.post(call, headers);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ id: 7, error: expect.objectContaining({ code: -32_020 }) }),
    ]);
  });

  it.each(['shop', '  shop ', '=?base64?c2hvcA==?='])('is not: %j', async (application) => {
    const answer = await served.post(call, heads('tools/call', 'run_list', { ...right, 'mcp-param-application': application }));
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ result: expect.objectContaining({ resultType: 'complete' }) }),
    ]);
  });

  it('is asked for of every tool that takes a place', () => {
    const taking = shelf.tools.filter(({ shape }) => 'application' in propertiesOf(shape.input));
    expect(taking.length).toBeGreaterThan(10);
    for (const { described } of taking)
      expect(described.inputSchema['properties'], described.name).toMatchObject({ application: { 'x-mcp-header': 'Application' } });
  });
});

describe('who comes without a token that counts here', () => {
  const listing = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  const metadata = '/.well-known/oauth-protected-resource';

  it.each(['/mcp', '/mcp/all/readonly'])('is told of what %s is, and learns there how a token is shown', async (path) => {
    const refused = await served.post(listing, {}, { path, token: 'code_wrong' });
    const [, url = ''] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
    expect([refused.status, url]).toEqual([401, new URL(`${metadata}${path}`, served.url).href]);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const told = await fetch(url);
    expect([told.status, await told.json()]).toEqual([
      200,
      expect.objectContaining({ resource: new URL(path, served.url).href, bearer_methods_supported: ['header'] }),
    ]);
  });

  it.each([`${metadata}/v1`, `${metadata}/mcpx`])('finds nothing at %s', async (path) => {
    expect((await fetch(new URL(path, served.url))).status).toBe(404);
  });

  it('has a token that counts at the other door only', async () => {
    const { tokens } = served.house.door;
    const made = async (audience: 'api' | 'mcp') =>
      (await tokens.create({ name: `for-${audience}`, effects: [], grants: [{ role: 'viewer' }], audience })).secret;
    const at = async (token: string) => [
      (await served.post(listing, {}, { token })).status,
      (await served.send('GET', {}, { path: '/v1/system.info', token })).status,
    ];
    expect(await at(await made('mcp'))).toEqual([200, 401]);
    expect(await at(await made('api'))).toEqual([401, 200]);
  });
});

describe('a session of the eras before', () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };
  const listing = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  const begun = async () => (await served.post(initialize)).headers.get('mcp-session-id') ?? '';

  it('is its owner’s, at its address, and ends when it is ended', async () => {
    const id = { 'mcp-session-id': await begun() };
    const other = await served.token('other');
    expect((await served.post(listing, id)).status).toBe(200);
    expect((await served.post(listing, id, { token: other })).status).toBe(404);
    expect((await served.post(listing, id, { path: '/mcp/all' })).status).toBe(404);
    expect((await served.send('DELETE', id)).status).toBe(200);
    expect((await served.post(listing, id)).status).toBe(404);
  });

  it('that nobody knows any more is answered all the same: a daemon that began anew leaves nobody alone', async () => {
    expect((await served.post(listing, { 'mcp-session-id': 'from-before' })).status).toBe(200);
    expect((await served.post(listing)).status).toBe(200);
  });

  it('is no place to collect things: the oldest of one owner goes', async () => {
    const first = await begun();
    for (let at = 0; at < 32; at += 1) await begun();
    // Answered, but not out of a session: that would have refused another address.
    expect((await served.post(listing, { 'mcp-session-id': first }, { path: '/mcp/all' })).status).toBe(200);
  });
});

describe('tasks', () => {
  it('are for clients that say that they know them, and only of what there is', async () => {
    const asked = (capabilities: object) =>
      served.post(modern('tasks/get', { taskId: 'deployments.get:none' }, capabilities), heads('tasks/get', 'deployments.get:none'));
    const without = await asked({});
    expect([without.status, await without.json()]).toEqual([
      400,
      expect.objectContaining({
        error: expect.objectContaining({
          code: -32_021,
          data: { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
        }),
      }),
    ]);
    const known = await asked({ extensions: { 'io.modelcontextprotocol/tasks': {} } });
    expect(await known.json()).toMatchObject({ error: { code: -32_602 } });
  });
});
