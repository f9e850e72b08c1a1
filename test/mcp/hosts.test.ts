// What docs/agents.md tells people to write down for their host: nothing that the host does not know, and at the address that it names our tools answer.
import { readFileSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mcpMount } from '../../src/main/mcp/mount.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { HttpSurface } from '../../src/surfaces/http/surface.ts';
import { createHttpSurface } from '../../src/surfaces/http/surface.ts';
import { House } from '../access/kit.ts';
import { everyday } from './kit.ts';

const page = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8');

const program = { command: z.literal('codectl'), args: z.array(z.string()) };
const headers = z.strictObject({ Authorization: z.string() });
const remote = { url: z.url(), headers };
const one = <T extends z.ZodType>(server: T) => z.strictObject({ codectl: server });

/** What each host knows, and how it puts the environment in place of names. */
const hosts = {
  'Claude Code': {
    shape: z.strictObject({ mcpServers: one(z.union([z.strictObject(program), z.strictObject({ type: z.literal('http'), ...remote })])) }),
    variable: '${CODE_TOKEN}',
  },
  'Claude Desktop': { shape: z.strictObject({ mcpServers: one(z.strictObject(program)) }), variable: undefined },
  Codex: {
    shape: z.strictObject({
      mcp_servers: one(z.union([z.strictObject(program), z.strictObject({ url: z.url(), bearer_token_env_var: z.literal('CODE_TOKEN') })])),
    }),
    variable: 'CODE_TOKEN',
  },
  Cursor: {
    shape: z.strictObject({ mcpServers: one(z.union([z.strictObject(program), z.strictObject(remote)])) }),
    variable: '${env:CODE_TOKEN}',
  },
  'VS Code': {
    shape: z.strictObject({
      inputs: z
        .array(
          z.strictObject({
            type: z.literal('promptString'),
            id: z.literal('code-token'),
            description: z.string(),
            password: z.literal(true),
          }),
        )
        .optional(),
      servers: one(
        z.union([z.strictObject({ type: z.literal('stdio'), ...program }), z.strictObject({ type: z.literal('http'), ...remote })]),
      ),
    }),
    variable: '${input:code-token}',
  },
} as const;

const names = Object.keys(hosts) as (keyof typeof hosts)[];

/** What stands below the heading of that host. */
function snippetsFor(host: string): readonly unknown[] {
  const section = page.split(/^### /m).find((part) => part.startsWith(`${host}\n`)) ?? '';
  return Array.from(
    section.matchAll(/```(json|toml)\n([^`]+)```/g),
    ([, kind, text = '']) => (kind === 'toml' ? parse(text) : JSON.parse(text)) as unknown,
  );
}

interface Server {
  readonly command?: string;
  readonly url?: string;
  readonly headers?: { readonly Authorization: string };
  readonly bearer_token_env_var?: string;
}

const serverIn = (snippet: unknown): Server =>
  Object.values(Object.values(snippet as object).find((part) => !Array.isArray(part)) as Readonly<Record<string, Server>>)[0] ?? {};

let house: House;
let surface: HttpSurface;
let listening: string;
let secret: string;
beforeAll(async () => {
  house = await House.open();
  const { dispatcher, tokens } = house.door;
  const note = () => undefined;
  const log = { debug: note, info: note, warn: note, error: note };
  surface = createHttpSurface({ dispatcher, catalogue, log, version: 'test', mounts: [mcpMount(dispatcher, log)] });
  listening = await surface.listenTcp('127.0.0.1', 0);
  const grants = [{ role: 'agent', application: 'shop' }] as const;
  // Without limits it could change nothing, and would not be shown what does.
  const limits = { replicas: 5, services: 2, environments: ['staging'] };
  ({ secret } = await tokens.create({ name: 'helper', effects: [], kind: 'agent', grants, limits }));
});
afterAll(async () => {
  await surface.close();
  await house.world.stop();
});

describe.each(names)('what is told to users of %s', (host) => {
  const { shape, variable } = hosts[host];
  const snippets = snippetsFor(host);

  it('is a form for this machine and one with rights of its own, in its notation', () => {
    expect(snippets.length).toBe(2);
    for (const snippet of snippets) expect(shape.safeParse(snippet).error).toBeUndefined();
  });

  it('reaches our tools where it names an address', async () => {
    for (const { url, headers: given, bearer_token_env_var: named } of snippets
      .map(serverIn)
      .filter((server) => server.url !== undefined)) {
      const authorization = named === undefined ? given?.Authorization.replace(variable ?? '', secret) : `Bearer ${secret}`;
      const address = new URL(url ?? '');
      expect(`${address.host}${address.pathname}`).toBe('127.0.0.1:7070/mcp');
      const client = new Client({ name: host, version: '1' });
      const init = { requestInit: { headers: { authorization: authorization ?? '' } } };
      await client.connect(new StreamableHTTPClientTransport(new URL(address.pathname, listening), init));
      expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual([...everyday.keys()]);
      await client.close();
    }
    expect(snippets.map(serverIn).filter((server) => server.url !== undefined).length).toBe(variable === undefined ? 0 : 1);
  });
});
