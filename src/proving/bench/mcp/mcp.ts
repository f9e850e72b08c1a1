// `codectl bench mcp`: what the door costs an agent: calls of a tool that does nothing, beside a bare server of the same SDK with one tool.
import { join } from 'node:path';
import type { Duration } from '../../../base/units.ts';
import { median } from '../../../decide/median.ts';
import { removeTree, writeFileAtomic } from '../../../platform/files.ts';
import type { Child } from '../../../platform/process/child.ts';
import { startChild } from '../../../platform/process/child.ts';
import { environment, run, scratch, until } from '../contenders/contender.ts';
import type { Bench, Parameters } from '../report.ts';
import { atMost, contestant, ratio, report } from '../report.ts';
import { bareServer, clients } from './programs.ts';

/** The tools behind a door with all its real parts, made by `main/`, which knows how; it must have one named `trial_look`. */
export interface McpTrials {
  /** `directory`: for what it keeps; its caller removes that. */
  open(directory: string): Promise<{ readonly url: string; readonly token: string; close(): Promise<void> }>;
}

interface Contestant {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Round {
  readonly rate: number;
  readonly p50: Duration;
  readonly p99: Duration;
}

const notes = [
  'Each client sends one call after the other over a kept connection (Streamable HTTP, 2026-07-28, stateless); the clients are a process of their own, and so are the servers. Ours authenticates the token, asks the policies twice and checks the input; the bare one checks the input.',
];

export function mcp(trials: McpTrials): Bench {
  return {
    name: 'mcp',
    summary: 'Calls of a tool that does nothing, beside a bare server of the same SDK',
    parameters: { rounds: 5, clients: 8, calls: 1_000, warmup: 200 },
    run: async ({ parameters, progress, signal }) => {
      const directory = await scratch();
      const [ours, bare] = [await trials.open(directory), await startBare(directory, signal)];
      const contestants: readonly Contestant[] = [
        { name: 'codectl', url: new URL('/mcp/all', ours.url).href, headers: { authorization: `Bearer ${ours.token}` } },
        { name: 'bare SDK server', url: bare.url, headers: {} },
      ];
      const rounds = contestants.map((): Round[] => []);
      try {
        for (let round = 1; round <= (parameters['rounds'] ?? 0); round += 1) {
          progress(`round ${round} of ${parameters['rounds']}`);
          for (const [at, one] of contestants.entries()) rounds[at]?.push(await measured(directory, one, parameters, signal));
        }
      } finally {
        await ours.close();
        await bare.child.stop();
        await removeTree(directory);
      }
      return reported(parameters, contestants, rounds);
    },
  };
}

function reported(parameters: Parameters, contestants: readonly Contestant[], rounds: readonly (readonly Round[])[]) {
  const of = (at: number, what: keyof Round) => (rounds[at] ?? []).map((one) => one[what]);
  return report('mcp', parameters, {
    contestants: contestants.flatMap(({ name }, at) => [
      contestant(`${name}: calls a second`, '/s', of(at, 'rate')),
      contestant(`${name}: p50`, 'ms', of(at, 'p50')),
      contestant(`${name}: p99`, 'ms', of(at, 'p99')),
    ]),
    ratios: [
      ratio('codectl / bare SDK server, p50', of(0, 'p50'), of(1, 'p50'), atMost(2)),
      ratio('codectl / bare SDK server, p99', of(0, 'p99'), of(1, 'p99'), atMost(2)),
    ],
    notes,
  });
}

async function startBare(directory: string, signal: AbortSignal): Promise<{ readonly url: string; readonly child: Child }> {
  const file = join(directory, 'bare.mjs');
  await writeFileAtomic(file, bareServer(import.meta.resolve('@modelcontextprotocol/server'), import.meta.resolve('zod')));
  await writeFileAtomic(join(directory, 'clients.mjs'), clients);
  const child = await startChild({ command: process.execPath, args: [file], cwd: directory, env: environment() });
  const said = () => (child.hasEnded() ? child.output() || 'it ended' : /http:\S+\n/.exec(child.output())?.[0]);
  const url = (await until('the bare server', said, signal)).trim();
  return { url, child };
}

const meta = (version: string) => ({
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
});

async function measured(directory: string, { url, headers }: Contestant, parameters: Parameters, signal: AbortSignal): Promise<Round> {
  const protocol = '2026-07-28';
  const [application, environmentName] = ['shop', 'staging'];
  const params = { name: 'trial_look', arguments: { application, environment: environmentName }, _meta: meta(protocol) };
  const work = {
    ...parameters,
    url,
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    headers: {
      ...headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': protocol,
      'mcp-method': 'tools/call',
      'mcp-name': 'trial_look',
      'mcp-param-application': application,
      'mcp-param-environment': environmentName,
    },
  };
  const said = await run(
    [process.execPath, join(directory, 'clients.mjs'), JSON.stringify(work)],
    { cwd: directory, env: environment() },
    signal,
  );
  const { took, whole } = JSON.parse(said) as { readonly took: readonly Duration[]; readonly whole: Duration };
  const sorted = took.toSorted((one, other) => one - other);
  return { rate: (took.length / whole) * 1_000, p50: median(took), p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN };
}
