// `npm run demo -- canary`: a version with a few more errors is found and taken back, a good one is promoted, while requests go on.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { Exchange } from '../../src/proving/load/traffic.ts';
import { quantile, Traffic } from '../../src/proving/load/traffic.ts';
import { codectl, json } from './codectl.ts';

const rate = 400;
const label = 'x-version';

const manifest = `application: canary
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { path: /healthz, interval: 250ms, deadline: 15s }
    stop: { drain: 5s, grace: 5s }
    routes: [{ host: canary.localhost, path: / }]
    strategy:
      kind: canary
      steps: [20%, 50%, 100%]
      bake: 2s
      analysis: { errors: { worse_by: 2% }, confidence: 95%, at_most: 60s }
`;

/** Answers with its version; of the others a share fails. */
const program = (version: string, failing: number) => `import { createServer } from 'node:http';
const server = createServer((request, response) => {
  const fails = request.url !== '/healthz' && Math.random() < ${failing};
  response.writeHead(fails ? 500 : 200, { '${label}': '${version}' }).end('${version}\\n');
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close());
`;

interface Seen {
  requests: number;
  failed: number;
  readonly latencies: number[];
  lastAt: number;
}

interface DeploymentView {
  readonly id: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly services: readonly {
    readonly step?: { readonly number: number; readonly of: number; readonly weight: number };
    readonly analysis?: {
      readonly verdict: string;
      readonly message: string;
      readonly requests: { readonly baseline: number; readonly canary: number };
    };
  }[];
}

export async function canaryStory(home: string, place: string, say: (text: string) => void): Promise<void> {
  const title = (text: string) => say(`\n== ${text}`);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(place, 'code.yaml'), manifest);
  title('Starting the engine, and version 1');
  const up = await codectl(home, ['up', '--set', 'gateway_listen=127.0.0.1:0', '--set', 'api_listen=127.0.0.1:0']);
  if (up !== 0) throw new Error('codectl up failed');
  const ship = async (version: string, failing: number): Promise<number> => {
    await writeFile(join(place, 'server.js'), program(version, failing));
    return codectl(home, ['deploy', '-f', join(place, 'code.yaml'), '--yes'], 'quiet');
  };
  if ((await ship('v1', 0.001)) !== 0) throw new Error('version 1 could not be deployed');

  const { listening } = await json<{ listening: string }>(home, ['routes']);
  const [host = '127.0.0.1', port = '0'] = listening.split(':');
  const seen = new Map<string, Seen>();
  title(`Traffic: ${rate} requests a second; each stands for one visitor`);
  const plans = [{ method: 'GET', path: '/', route: 'canary.localhost' }] as const;
  const onExchange = (exchange: Exchange) => note(seen, exchange);
  const traffic = new Traffic({ target: { host, port: Number(port) }, rate, keepAlive: true, timeout: 10_000, label, plans, onExchange });
  try {
    title('Version 2, of which 5 % more requests fail: a fifth of the visitors meet it first');
    await watched(home, seen, say, () => ship('v2', 0.051), 3);
    title('Version 3, which is as good as version 1');
    await watched(home, seen, say, () => ship('v3', 0.001), 0);
  } finally {
    await traffic.stop();
  }
  title('What the visitors met');
  for (const [version, { requests, failed }] of seen)
    say(`${version}: ${requests} requests, ${failed} failed (${percent(failed, requests)})`);
  const all = [...seen.values()].reduce((sum, one) => ({ requests: sum.requests + one.requests, failed: sum.failed + one.failed }), {
    requests: 0,
    failed: 0,
  });
  say(
    `in all: ${percent(all.failed, all.requests)} of the visitors met an error; ${percent(seen.get('v2')?.requests ?? 0, all.requests)} met version 2, of whom ${percent(seen.get('v2')?.failed ?? 0, seen.get('v2')?.requests ?? 0)} did`,
  );
}

/** Runs a deploy and tells, second by second, where it is: in place on a terminal, line by line elsewhere. */
async function watched(
  home: string,
  seen: ReadonlyMap<string, Seen>,
  say: (text: string) => void,
  deploy: () => Promise<number>,
  expected: number,
): Promise<void> {
  const began = performance.now();
  const over = new AbortController();
  const showing = show(home, seen, say, over.signal);
  const code = await deploy().finally(() => over.abort());
  await showing;
  const { deployments } = await json<{ deployments: readonly DeploymentView[] }>(home, ['history']);
  const [newest] = deployments;
  if (!newest) throw new Error('the deployment is not in the history');
  say(`${newest.id}: ${newest.outcome ?? '?'} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  for (const { analysis } of newest.services)
    if (analysis)
      say(
        `verdict ${analysis.verdict} on ${analysis.requests.canary} requests of the new and ${analysis.requests.baseline} of the old: ${analysis.message}`,
      );
  if (code !== expected) throw new Error(`codectl deploy ended with ${code}, expected ${expected}: ${newest.reason ?? ''}`);
}

async function show(home: string, seen: ReadonlyMap<string, Seen>, say: (text: string) => void, over: AbortSignal): Promise<void> {
  const began = performance.now();
  let last: DeploymentView | undefined;
  let drawn = 0;
  while (!over.aborted) {
    const { environments } = await json<{ environments: readonly { deployment?: DeploymentView }[] }>(home, ['status']);
    last = environments[0]?.deployment ?? last;
    const lines = tell(last, seen, performance.now() - began);
    if (process.stdout.isTTY) redraw(lines, drawn);
    else say(lines.join(' | '));
    drawn = lines.length;
    await systemClock.sleep(1_000, over).catch(() => undefined);
  }
}

/** Where the deployment is, and a line for each version that answered lately. */
function tell(deployment: DeploymentView | undefined, seen: ReadonlyMap<string, Seen>, took: number): readonly string[] {
  const step = deployment?.services[0]?.step;
  const where = step ? `step ${step.number}/${step.of}, ${Math.round(step.weight * 100)} % new` : 'starting';
  const now = performance.now();
  const lately = [...seen].filter(([, { lastAt }]) => now - lastAt < 3_000);
  const sides = lately.map(([version, { requests, failed, latencies }]) => {
    const recent = latencies.slice(-500).sort((a, b) => a - b);
    return `${version}: ${requests}, ${percent(failed, requests)} errors, p99 ${quantile(recent, 0.99).toFixed(0)} ms`;
  });
  return [`[${(took / 1000).toFixed(1).padStart(5)}s] ${where}`, ...sides];
}

/** In place of the lines drawn before; none is longer than the terminal is wide. */
function redraw(lines: readonly string[], before: number): void {
  const back = before > 0 ? `\u001B[${before}F\u001B[0J` : '';
  process.stdout.write(`${back}${lines.map((line) => `${line.slice(0, process.stdout.columns - 1)}\n`).join('')}`);
}

function note(seen: Map<string, Seen>, { headers, failure, intended, ended }: Exchange): void {
  const version = headers[label] ?? 'nobody';
  const one = seen.get(version) ?? { requests: 0, failed: 0, latencies: [], lastAt: 0 };
  seen.set(version, one);
  one.requests += 1;
  one.lastAt = ended;
  if (failure !== undefined) one.failed += 1;
  one.latencies.push(ended - intended);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
}
