// MCP over HTTP as the official client speaks it, in both eras, on the real door: who may, what is listed, what is refused before anything is read.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mcpMount } from '../../src/main/mcp/mount.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { HttpSurface } from '../../src/surfaces/http/surface.ts';
import { createHttpSurface } from '../../src/surfaces/http/surface.ts';
import { House } from '../access/kit.ts';
import { everyday, read } from './kit.ts';

let house: House;
let surface: HttpSurface;
let url: string;
let secret: string;
const complaints: string[] = [];
const note = (_: unknown, message: string) => void complaints.push(message);
const log = { debug: note, info: note, warn: note, error: note };

beforeEach(async () => {
  complaints.length = 0;
  house = await House.open();
  const { dispatcher, tokens } = house.door;
  surface = createHttpSurface({ dispatcher, catalogue, log, version: 'test', mounts: [mcpMount(dispatcher, log)] });
  url = await surface.listenTcp('127.0.0.1', 0);
  const limits = { replicas: 3, services: 2, environments: ['test'] };
  ({ secret } = await tokens.create({
    name: 'helper',
    effects: [],
    kind: 'agent',
    grants: [{ role: 'agent', application: 'shop' }],
    limits,
  }));
});
afterEach(async () => {
  await surface.close();
  await house.world.stop();
});

const eras = { modern: { mode: { pin: '2026-07-28' } }, legacy: { mode: 'legacy' } } as const;

async function connected(path = '/mcp', era: keyof typeof eras = 'modern', token = secret): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: eras[era] });
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(path, url), { requestInit: { headers } }));
  return client;
}

const raw = (headers: Readonly<Record<string, string>>, body: unknown, path = '/mcp') =>
  fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const listing = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

describe.each(['modern', 'legacy'] as const)('a client of the %s era', (era) => {
  it('is told the tools of its address, and calls one through the door like everybody', async () => {
    const client = await connected('/mcp', era);
    expect(client.getProtocolEra()).toBe(era);
    const { tools } = await client.listTools();
    expect(tools.map((one) => one.name)).toEqual([...everyday.keys()]);
    expect(tools.find((one) => one.name === 'change_apply')?.annotations).toMatchObject({ destructiveHint: true, readOnlyHint: false });
    expect(read(await client.callTool({ name: 'whoami', arguments: {} }))).toMatchObject({ principal: 'agent:helper', version: 'test' });
    await client.close();
  });

  it('plans, is refused what it may not, and finds both in the audit', async () => {
    const client = await connected('/mcp', era);
    const place = { application: 'bank', environment: 'live' };
    const refused = await client.callTool({ name: 'change_rollback_plan', arguments: place });
    expect(refused.isError).toBe(true);
    expect(read(refused)).toMatchObject({ error: { code: 'denied', retryable: false } });
    expect(await house.ask('audit.show', {})).toMatchObject({
      records: expect.arrayContaining([
        expect.objectContaining({ principal: 'agent:helper', operation: 'change.rollback_plan', result: 'refused' }),
      ]),
    });
    await client.close();
  });

  it('is told which argument is wrong, and that there is no such tool', async () => {
    const client = await connected('/mcp', era);
    expect(read(await client.callTool({ name: 'run_list', arguments: { application: 'Shop!', environment: 'test' } }))).toMatchObject({
      error: { code: 'input_invalid', field: 'application', got: 'Shop!' },
    });
    await expect(client.callTool({ name: 'run_lst', arguments: {} })).rejects.toThrow('did you mean \\"run_list\\"'.replaceAll('\\', ''));
    await client.close();
  });

  it('that may only read by its address has no tool that changes', async () => {
    const client = await connected('/mcp/x/change,traffic/readonly', era);
    const { tools } = await client.listTools();
    expect(tools.length).toBeGreaterThan(5);
    expect(tools.every((one) => one.annotations?.readOnlyHint)).toBe(true);
    await expect(client.callTool({ name: 'change_apply', arguments: { plan_id: 'p' } })).rejects.toThrow('no tool');
    await client.close();
  });
});

describe('nobody gets to the protocol', () => {
  it.each<[string, Readonly<Record<string, string>>, number]>([
    ['without a token', {}, 401],
    ['with one that is not known', { authorization: 'Bearer code_wrong' }, 401],
  ])('%s', async (_, headers, status) => {
    const answer = await raw(headers, listing);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([status, expect.stringContaining('Bearer')]);
  });

  it('from a page of another site', async () => {
    const known = { authorization: `Bearer ${secret}` };
    expect((await raw({ ...known, origin: 'https://evil.example' }, listing)).status).toBe(403);
    expect((await raw(known, listing)).status).toBe(200);
  });

  it('with a content that is too large, too deep, or no JSON', async () => {
    const known = { authorization: `Bearer ${secret}` };
    expect((await raw(known, { ...listing, params: { fill: 'x'.repeat(16 * 2 ** 20) } })).status).toBe(413);
    expect((await raw(known, `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`)).status).toBe(400);
    expect((await raw(known, 'no json')).status).toBe(400);
    expect((await raw({ ...known, 'content-type': 'text/plain' }, 'x')).status).toBe(415);
    expect(complaints).toEqual([]);
  });

  it('at an address that is none', async () => {
    const answer = await raw({ authorization: `Bearer ${secret}` }, listing, '/mcp/x/chnge');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('did you mean "change"') });
  });
});
