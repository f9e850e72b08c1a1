// The protocol's own conformance suite against `codectl mcp --conformance`: what revision 2026-07-28 and revision 2025-11-25 require of a server, and the Tasks extension.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const suite = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'));

/** How many scenarios a revision requires; another number means that the suite is not the one that was meant. */
const required = { '2026-07-28': 37, '2025-11-25': 30 } as const;
const lasting = 10;
/** Of one scenario. A machine that is busy with other things is no reason to fail. */
const patience = '300000';

interface Scenario {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

async function judge(revision: keyof typeof required, url: string, results: string): Promise<readonly string[]> {
  const given = [suite, 'server', '--url', url, '--requirements', revision, '-o', join(results, revision), '--timeout', patience];
  const run = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'inherit'] });
  const told = await text(run.stdout);
  const [code] = run.exitCode === null ? await once(run, 'exit') : [run.exitCode];
  const all = [...told.matchAll(/^\S+ ([\w-]+): (\d+) passed, (\d+) failed$/gm)].map(
    ([, name = '', passed, failed]): Scenario => ({ name, passed: Number(passed), failed: Number(failed) }),
  );
  const unscored = new Set([...told.matchAll(/^ {2}\S+ ([\w-]+) \(/gm)].map(([, name]) => name));
  const scored = all.filter(({ name }) => !unscored.has(name));
  const tasks = all.filter(({ name }) => name.startsWith('tasks-'));
  const good = scored.filter(holds).length;
  process.stdout.write(
    `${revision}: ${good} of ${scored.length} required server scenarios hold${tasks.length > 0 ? `, ${toldOf(tasks)}` : ''}\n`,
  );
  return [
    ...(code === 0 ? [] : [`the suite ended with exit code ${code}`]),
    ...(scored.length === required[revision] ? [] : [`the suite ran ${scored.length} required scenarios, not ${required[revision]}`]),
    ...(tasks.length === (revision === '2026-07-28' ? lasting : 0) ? [] : [`the suite ran ${tasks.length} scenarios of tasks`]),
    ...[...scored, ...tasks].filter((one) => one.failed > 0).map(({ name, failed }) => `${name}: ${failed} failed`),
    ...scored.filter((one) => one.passed === 0).map(({ name }) => `${name}: nothing was checked`),
  ].map((problem) => `${revision}: ${problem}`);
}

function holds({ passed, failed }: Scenario): boolean {
  return passed > 0 && failed === 0;
}

/** The suite passes over what it cannot check yet; that is no pass. */
function toldOf(tasks: readonly Scenario[]): string {
  const skipped = tasks.filter(({ passed, failed }) => passed + failed === 0).map(({ name }) => name);
  return `${tasks.filter(holds).length} of ${tasks.length} scenarios of tasks hold${skipped.length > 0 ? ` (${skipped.join(', ')}: not checked by the suite)` : ''}`;
}

const results = await mkdtemp(join(tmpdir(), 'codectl-conformance-results-'));
const server = spawn(process.execPath, [join(root, 'src/main/cli.ts'), 'mcp', '--conformance'], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [url] = await Promise.race([
    once(createInterface(server.stdout), 'line'),
    once(server, 'exit').then(() => Promise.reject(new Error('codectl mcp --conformance ended before it served anything.'))),
  ]);
  const problems = [...(await judge('2026-07-28', String(url), results)), ...(await judge('2025-11-25', String(url), results))];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  server.kill();
  await rm(results, { recursive: true, force: true });
}
