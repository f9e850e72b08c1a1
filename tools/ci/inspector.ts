// The protocol's inspector as a client of ours: every tool's schemas must be portable (`--strict`), and a call must be answered. It brings an install script
// and 110 MB, so it is no dependency: npm fetches it for the time of this check, without running scripts. Where it cannot be had, that is said.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const inspector = '@modelcontextprotocol/inspector@2.12.0';
const program = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'codectl-inspector-'));
const environment = { ...process.env, CODE_HOME: home, MCP_CATALOG_PATH: join(home, 'mcp.json') };

interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(given: readonly string[]): Promise<Done> {
  const fetched = ['exec', '--yes', '--ignore-scripts', `--package=${inspector}`, '--', 'mcp-inspector'];
  const child = spawn('npm', [...fetched, ...given], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { code: child.exitCode, out, err };
}

/** Through a program on its standard input and output, as hosts start it; a list needs no daemon. */
const asking = (method: string, ...given: readonly string[]) =>
  run(['--cli', ...given, '--method', method, process.execPath, program, 'mcp', '--servers', 'all']);

function lastLine(words: string): string {
  return words.trim().split('\n').at(-1) ?? '';
}

async function judge(): Promise<string | undefined> {
  const listed = await asking('tools/list', '--strict');
  if (listed.code !== 0) return `tools/list --strict ended with exit code ${listed.code}:\n${listed.err}`;
  const { tools } = JSON.parse(listed.out) as { readonly tools: readonly unknown[] };
  const found = await asking('tools/call', '--tool-name', 'tool_search', '--tool-arg', 'intent=what is running');
  if (found.code !== 0 || !found.out.includes('apps_status'))
    return `a call was not answered (exit code ${found.code}):\n${found.out}${found.err}`;
  process.stdout.write(`${inspector}: ${tools.length} tools, ${lastLine(listed.err)}\n`);
  return undefined;
}

try {
  const tried = await run(['--version']);
  if (tried.code === 0) {
    const problem = await judge();
    if (problem !== undefined) process.stderr.write(`${problem}\n`);
    process.exitCode = problem === undefined ? 0 : 1;
  } else process.stdout.write(`skipped: ${inspector} cannot be had here (${lastLine(tried.err)})\n`);
} finally {
  await rm(home, { recursive: true, force: true });
}
