// Hosts start us as their documents say. What is listed needs no daemon; a call without one says how to start it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli } from '../kit/cli.ts';
import { patience } from '../kit/until.ts';
import { everyday, read } from './kit.ts';

const program = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));
const page = await readFile(new URL('../../docs/agents.md', import.meta.url), 'utf8');
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'codectl-mcp-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Snippet {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly url?: string;
}
const snippets = [...page.matchAll(/```json\n([^`]+)```/g)].flatMap(([, text = '']): Snippet[] => {
  const { mcpServers, servers } = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, Snippet>>>>;
  return Object.values(mcpServers ?? servers ?? {});
});
/** Those of which the daemon is asked over its socket; the others are held to an address. */
const started = snippets.filter((one) => one.command !== undefined && !one.args?.includes('--host'));

describe('the snippets for hosts', () => {
  it('are there for programs and for addresses', () => {
    expect(started.length).toBeGreaterThanOrEqual(2);
    expect(snippets.filter((one) => one.url !== undefined).map((one) => new URL(one.url ?? '').pathname)).toContain('/mcp');
    expect(page).toMatch(/\[mcp_servers\.codectl\]\ncommand = "codectl"\nargs = \["mcp"\]/);
  });

  it.each(started)('start a server of our tools: $command $args', async ({ command, args = [] }) => {
    expect(command).toBe('codectl');
    const client = new Client({ name: 'host', version: '1.0.0' });
    const env = { PATH: process.env['PATH'] ?? '', CODE_HOME: home };
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [program, ...args], env }), { timeout: patience });
    expect((await client.listTools()).tools.map((one) => one.name)).toEqual([...everyday.keys()]);
    const answer = await client.callTool({ name: 'apps_status', arguments: {} });
    expect(answer.isError).toBe(true);
    expect(read(answer)).toMatchObject({
      error: { code: 'daemon_unavailable', try: expect.stringContaining('codectl up'), retryable: true },
    });
    await client.close();
  });
});

it('ends when its input does', async () => {
  const closed = startCli(['--home', home, 'mcp'], home, {}, '');
  expect(await closed.done).toMatchObject({ code: 0, stdout: '' });
});
