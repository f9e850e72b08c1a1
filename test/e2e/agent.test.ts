// A scripted agent with a token of its own, by every way and in both eras: it finds, plans, waits for a person, ships, sees a bad version go back, reads why, and writes the note on its incident.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { patience, until } from '../kit/until.ts';

let house: House;
let api: string;
let tokenFile: string;
let token: string;
const program = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));

const manifest = `
application: shop
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: canary, steps: [50%, 100%] }
environments:
  production: { runtime: process, approval: required }
`;
const good = (words: string) => `require('node:http').createServer((_, out) => out.end('${words}')).listen(process.env.PORT);\n`;
const bad = (words: string) => `console.log('${words}'); process.exit(3);\n`;

const person = (...args: readonly string[]) => cli(['--home', house.home, ...args], house.root);

async function uploaded(code: string): Promise<Readonly<Record<string, string>>> {
  const directory = join(house.root, 'web');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'server.js'), code);
  return { web: await house.upload(directory) };
}

beforeAll(async () => {
  house = await House.open();
  const limits = ['--max-replicas', '5', '--max-services', '2', '--environments', 'production'];
  const made = await person('--json', 'token', 'create', 'helper', '--kind', 'agent', '--role', 'agent@shop', ...limits);
  expect(made).toMatchObject({ code: 0 });
  ({ secret: token } = JSON.parse(made.stdout) as { readonly secret: string });
  tokenFile = join(house.root, 'helper.token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  ({ api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { readonly api: string });
});
afterAll(() => house[Symbol.asyncDispose]());

const eras = { modern: { mode: { pin: '2026-07-28' } }, legacy: { mode: 'legacy' } } as const;
type Era = keyof typeof eras;

async function overHttp(era: Era, path = '/mcp'): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation: eras[era] });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(path, api), { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
  );
  return client;
}

async function overStdio(era: Era, ...flags: readonly string[]): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation: eras[era] });
  const args = [program, '--host', api, '--token-file', tokenFile, 'mcp', ...flags];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env: { PATH: process.env['PATH'] ?? '' } }), {
    timeout: patience,
  });
  return client;
}

interface Told {
  readonly [key: string]: unknown;
  readonly error?: { readonly code: string; readonly try?: string };
}

/** Calls it and reads what an agent would read. */
async function use(client: Client, name: string, given: Readonly<Record<string, unknown>>): Promise<Told> {
  const { content } = await client.callTool({ name, arguments: given }, { timeout: patience });
  const [first] = content as readonly { readonly text?: string }[];
  return JSON.parse(first?.text ?? 'null') as Told;
}

const ended = (client: Client, id: unknown) =>
  until(
    () => use(client, 'run_get', { id }),
    (seen) => seen['outcome'] !== undefined,
    3 * patience,
    200,
  );

/** The engine has opened the incident; the agent finds it, and writes down what it read although it has read words of others. A person reads that. */
async function written(agent: Client, run: string, words: string): Promise<void> {
  const found = await use(agent, 'tool_search', { intent: 'write the incident note' });
  expect((found['tools'] as readonly { readonly name: string }[]).map((one) => one.name)).toContain('incidents_note');
  const open = await use(agent, 'tool_read', { name: 'incidents_list', arguments: { application: 'shop', environment: 'production' } });
  const incident = (open['incidents'] as readonly Told[]).find((one) => one['run'] === run);
  expect(incident).toMatchObject({ state: 'open', opened_by: 'engine', cause: `${run} was rolled back` });
  const lock = { application: 'shop', environment: 'production', message: 'x' };
  expect(await use(agent, 'tool_call', { name: 'environments_lock', arguments: lock })).toMatchObject({ error: { code: 'denied' } });
  const note = { id: incident?.['id'], run, text: `web ended at once; it printed: ${words}` };
  expect(await use(agent, 'tool_call', { name: 'incidents_note', arguments: note })).toMatchObject({ id: note.id, notes_count: 2 });
  const read = await use(agent, 'tool_read', { name: 'incidents_get', arguments: { id: note.id } });
  expect(read).toMatchObject({ notes: [{ by: 'engine' }, { by: 'agent:helper', text: note.text }], untrusted: expect.any(String) });
  expect((await person('incident', 'show', String(note.id))).stdout).toContain(`agent:helper [${run}]: ${note.text}`);
  expect(await person('incident', 'resolve', String(note.id), '--text', 'The list is back.')).toMatchObject({ code: 0 });
}

describe('an agent', () => {
  it('over HTTP: plans, is refused without a person, is approved by one, applies, and sees it through', async () => {
    const agent = await overHttp('modern');
    expect(await use(agent, 'whoami', {})).toMatchObject({ principal: 'agent:helper' });
    const plan = await use(agent, 'change_plan', { manifest, environment: 'production', snapshots: await uploaded(good('one')) });
    expect(plan).toMatchObject({ approval: 'required', approvals_needed: 1, changes: [{ service: 'web', kind: 'create' }] });
    const { plan_id } = plan;
    expect(await use(agent, 'change_apply', { plan_id })).toMatchObject({
      error: { code: 'approval_required', try: expect.stringContaining('codectl approve') },
    });
    expect(await use(agent, 'approval_status', { plan_id })).toMatchObject({
      approvals_needed: 1,
      a_person_runs: `codectl approve ${String(plan_id)}`,
    });
    expect(await use(agent, 'tool_call', { name: 'approvals_approve', arguments: { plan_id, digest: plan['digest'] } })).toMatchObject({
      error: { code: 'operation_unknown' },
    });
    expect(await person('approve', String(plan_id), '--yes')).toMatchObject({ code: 0 });
    const key = { plan_id, idempotency_key: 'once' };
    const started = await use(agent, 'change_apply', key);
    expect(await ended(agent, started['id'])).toMatchObject({ outcome: 'succeeded' });
    expect(await use(agent, 'change_apply', key)).toMatchObject({ id: started['id'] });
    expect(await use(agent, 'change_apply', { plan_id })).toMatchObject({
      error: { code: expect.stringMatching(/plan_used|plan_drifted/) },
    });
    expect(await use(agent, 'apps_status', { application: 'shop' })).toMatchObject({
      environments: [{ services: [{ service: 'web', ready: 2 }] }],
    });
    await agent.close();
  });

  it.each([
    ['HTTP', 'modern'],
    ['HTTP', 'legacy'],
    ['stdio', 'modern'],
    ['stdio', 'legacy'],
  ] as const)('over %s, %s: finds the application, ships a bad version with a person’s leave, sees it go back, reads why, and writes the incident note', async (way, era) => {
    const agent = await (way === 'HTTP' ? overHttp(era) : overStdio(era));
    expect(agent.getProtocolEra()).toBe(era);
    const before = await use(agent, 'apps_status', { application: 'shop' });
    expect(before).toMatchObject({ environments: [{ application: 'shop', environment: 'production' }] });
    // It has read what the version before printed, so a person looks first; afterwards it plans like everybody.
    await person('taint', 'lift', 'agent:helper');
    const words = `the price list of ${way} ${era} is missing`;
    const { plan_id } = await use(agent, 'change_plan', { manifest, environment: 'production', snapshots: await uploaded(bad(words)) });
    expect(await use(agent, 'change_apply', { plan_id })).toMatchObject({ error: { code: 'approval_required' } });
    expect(await person('approve', String(plan_id), '--yes')).toMatchObject({ code: 0 });
    const { id } = await use(agent, 'change_apply', { plan_id });
    const seen = await ended(agent, id);
    expect(seen).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining('web'), untrusted: expect.any(String) });
    expect(seen['last_log']).toEqual(expect.arrayContaining([expect.stringContaining(words)]));
    expect(await use(agent, 'observe_events', { application: 'shop', limit: 5 })).toMatchObject({
      items: { length: 5 },
      next_cursor: expect.any(String),
    });
    const history = await use(agent, 'run_list', {
      application: 'shop',
      environment: 'production',
      limit: 1,
      fields: ['deployments.outcome'],
    });
    expect(history['deployments']).toEqual([{ outcome: 'rolled_back' }]);
    await written(agent, String(id), words);
    await agent.close();
  });

  it('finds the same tools by every way there is, without those that it may never use, and fewer where it may only read', async () => {
    const [one, other, narrow] = [
      await overHttp('legacy', '/mcp/all'),
      await overStdio('modern', '--servers', 'all'),
      await overStdio('legacy', '--servers', 'change', '--read-only'),
    ];
    const names = async (client: Client) => (await client.listTools()).tools.map((tool) => tool.name);
    const [shown, all] = [await names(one), await names(other)];
    expect(shown).toEqual(all);
    expect(all).toContain('change_apply');
    // What this token may never do is left out.
    expect(all).not.toContain('audit_show');
    expect((await names(narrow)).filter((name) => !name.startsWith('change_') || name === 'change_apply')).toEqual([]);
    for (const client of [one, other, narrow]) await client.close();
  });
});

it('says what is wrong with servers that are not there, and where the daemon serves its tools', async () => {
  expect(await person('mcp', '--servers', 'chnge')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "change"') });
  expect(await person('mcp', '--http', '--servers', 'change,apps', '--read-only')).toMatchObject({
    code: 0,
    stdout: `${api}/mcp/x/change,apps/readonly\n`,
  });
});
