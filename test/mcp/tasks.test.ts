// What lasts, over the protocol: a task for clients that know tasks, progress for those that ask to be told, an end by whoever may.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patience, until } from '../kit/until.ts';
import { read } from './kit.ts';
import { Served } from './served.ts';

let served: Served;
beforeEach(async () => {
  served = await Served.open();
});
afterEach(() => served.close());

const extension = 'io.modelcontextprotocol/tasks';

interface Answer {
  readonly result?: Readonly<Record<string, unknown>> & {
    readonly taskId: string;
    readonly result?: { readonly isError?: boolean; readonly content: never };
  };
  readonly error?: { readonly code: number; readonly message: string };
}

async function ask(
  method: string,
  params: Readonly<Record<string, unknown>>,
  sending: { readonly path?: string; readonly token?: string } = {},
): Promise<Answer> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [extension]: {} } },
  };
  const heads = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, 'mcp-name': String(params['name'] ?? params['taskId']) };
  return (
    await served.post({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }, heads, sending)
  ).json() as Promise<Answer>;
}

const planned = async () => (await served.house.plan(await bearer())).plan_id;
let planners = 0;
const bearer = async () => ({ kind: 'bearer', token: await served.token(`planner-${(planners += 1)}`) }) as const;

async function begun(path = '/mcp'): Promise<string> {
  const { result } = await ask('tools/call', { name: 'change_apply', arguments: { plan_id: await planned() } }, { path });
  expect(result).toMatchObject({ resultType: 'task', status: 'working', ttlMs: null });
  expect(result).not.toHaveProperty('content');
  return result?.taskId ?? '';
}

const settle = (taskId: string) => served.house.settled(taskId.slice(taskId.indexOf(':') + 1));

describe('a deployment', () => {
  it('is a task that can be asked for at once, and is completed with what run_get would tell', async () => {
    const taskId = await begun();
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'working', resultType: 'complete' });
    await settle(taskId);
    const { result } = await ask('tasks/get', { taskId });
    expect(result).toMatchObject({ status: 'completed', statusMessage: expect.stringContaining('succeeded') });
    expect(result?.result?.isError).toBeUndefined();
    expect(read(result?.result as never)).toMatchObject({ outcome: 'succeeded' });
  });

  it('is ended by its task, and is then neither completed nor failed', async () => {
    const taskId = await begun();
    expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
    await settle(taskId);
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({ status: 'cancelled' });
    // Once more is harmless.
    expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
  });

  it('is not ended where one may only read, and is not there for whoever may not see it', async () => {
    const taskId = await begun();
    expect((await ask('tasks/cancel', { taskId }, { path: '/mcp/readonly' })).error?.message).toContain('only reads');
    const { secret: token } = await served.house.door.tokens.create({
      name: 'stranger',
      effects: [],
      kind: 'agent',
      grants: [{ role: 'agent', application: 'bank' }],
    });
    for (const method of ['tasks/get', 'tasks/cancel'])
      expect((await ask(method, { taskId }, { token })).error).toMatchObject({ code: -32_602 });
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({ status: 'working' });
  });
});

describe('a trial in the book', () => {
  const place = { application: 'shop', environment: 'test' };
  const told = async (id: string) => {
    const { result } = await ask('tools/call', { name: 'trials_get', arguments: { id } }, { path: '/mcp/all' });
    const meta = result?.['_meta'] as Readonly<Record<string, { readonly taskId: string }>> | undefined;
    return meta?.['io.modelcontextprotocol/related-task']?.taskId ?? '';
  };
  const begin = async () => {
    const wish = { ...place, kind: 'load', profile: 'quick', lasts_ms: 60_000 };
    return ((await served.house.ask('trials.begin', wish)) as { readonly id: string }).id;
  };
  beforeEach(async () => {
    await served.house.deployed();
  });

  it('is a task under the id that its answers name: it runs, and is completed by what came of it', async () => {
    const id = await begin();
    const taskId = await told(id);
    expect(taskId).toBe(`trials.get:${id}`);
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({
      status: 'working',
      statusMessage: expect.stringContaining('quick'),
    });
    await served.house.ask('trials.finish', { id, verdict: 'passed' });
    const { result } = await ask('tasks/get', { taskId });
    expect(result).toMatchObject({ status: 'completed', statusMessage: 'passed' });
    expect(result?.result?.isError).toBeUndefined();
    expect(read(result?.result as never)).toMatchObject({ id, verdict: 'passed' });
  });

  it('that failed is completed with an error', async () => {
    const id = await begin();
    await served.house.ask('trials.finish', { id, verdict: 'failed' });
    expect((await ask('tasks/get', { taskId: await told(id) })).result).toMatchObject({ status: 'completed', result: { isError: true } });
  });

  it('is closed by its task as interrupted, where one may change something, and is then cancelled', async () => {
    const id = await begin();
    const taskId = await told(id);
    expect((await ask('tasks/cancel', { taskId }, { path: '/mcp/readonly' })).error?.message).toContain('only reads');
    expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({ status: 'cancelled', statusMessage: 'interrupted' });
    expect(await served.house.told('trials.finish', { id, verdict: 'passed' })).toBe('trial_ended');
  });
});

describe.each(['2026-07-28', '2025-11-25'] as const)('a client of %s that asks for progress', (revision) => {
  const mode = revision === '2026-07-28' ? { pin: revision } : ('legacy' as const);
  const connected = async () => {
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
    const headers = { authorization: `Bearer ${await served.token('watcher')}` };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', served.url), { requestInit: { headers } }));
    return client;
  };

  it('is told how it goes, and answered with how it ended', async () => {
    const client = await connected();
    const told: string[] = [];
    const answer = client.callTool(
      { name: 'change_apply', arguments: { plan_id: await planned() } },
      { timeout: patience, onprogress: ({ message = '' }) => told.push(message) },
    );
    await until(
      async () => told.length,
      (count) => count > 0,
    );
    const [running] = await served.house.world.store.list('deployment', {});
    await served.house.settled(running?.value.id ?? '');
    expect(read(await answer)).toMatchObject({ outcome: 'succeeded' });
    expect(told[0]).toContain('forward');
    await client.close();
  });

  it('ends the waiting when it no longer wants the answer, and not what it began', async () => {
    const client = await connected();
    const enough = new AbortController();
    const answer = client.callTool(
      { name: 'change_apply', arguments: { plan_id: await planned() } },
      { timeout: patience, signal: enough.signal, onprogress: () => enough.abort('enough') },
    );
    await expect(answer).rejects.toThrow('enough');
    const [running] = await served.house.world.store.list('deployment', {});
    await served.house.settled(running?.value.id ?? '');
    expect(await served.house.ask('deployments.get', { id: running?.value.id })).toMatchObject({ outcome: 'succeeded' });
    await client.close();
  });
});
