// `npm run demo`: the sample shop is deployed, gets a good and a bad new version under steady traffic, and nobody notices. `--runtime docker`, `--runtime swarm`: in containers.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { TrafficReport } from '../../src/proving/load/traffic.ts';
import { quantile, Traffic } from '../../src/proving/load/traffic.ts';
import type { Dockerd } from '../../test/lab/dockerd.ts';
import { closeManager } from '../../test/lab/swarm.ts';
import type { DockerEngine } from '../docker/engine.ts';
import { codectl, json } from './codectl.ts';
import { contain, findEngine, makeBase, removeTraces } from './containers.ts';
import { openSwarm } from './swarm.ts';

const options = {
  keep: { type: 'boolean', default: false },
  runtime: { type: 'string', default: 'process' },
  deadline: { type: 'string' },
} as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [chapter = 'shop'] = positionals;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const title = (text: string): void => say(`\n== ${text}`);

const workplace = await mkdtemp(join(tmpdir(), 'codectl-demo-'));
const shop = join(workplace, 'shop');
const home = join(workplace, 'home');
const manifest = join(shop, 'code.yaml');
const times: string[] = [];
const rate = 200;
let docker: DockerEngine | undefined;
/** The Engine of the demo's own Swarm. */
let swarm: Promise<Dockerd> | undefined;

async function deploy(what: string, expected: number): Promise<void> {
  title(what);
  const started = performance.now();
  const code = await codectl(home, ['deploy', '-f', manifest, '--yes']);
  times.push(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  if (code !== expected) throw new Error(`codectl deploy ended with ${code}, expected ${expected}`);
}

async function edit(file: string, from: RegExp, to: string): Promise<void> {
  const path = join(shop, file);
  const before = await readFile(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has nothing that looks like ${from}`);
  await writeFile(path, after);
}

async function certified(): Promise<void> {
  await cp(fileURLToPath(new URL('../../examples/shop', import.meta.url)), shop, { recursive: true });
  if (values.deadline !== undefined) await edit('code.yaml', /deadline: 15s/g, `deadline: ${values.deadline}`);
  title('Starting the engine, and deploying two versions of the shop');
  const up = await codectl(home, ['up', '--set', 'gateway_listen=127.0.0.1:0', '--set', 'api_listen=127.0.0.1:0']);
  if (up !== 0) throw new Error('codectl up failed');
  await deploy('Deploying the shop', 0);
  await edit('api/version.js', /['"]v?1[^'"]*['"]/, "'2.0.0'");
  await deploy('Shipping version 2 of the api', 0);
  const { certifyStory } = await import('./certify.ts');
  await certifyStory({ home, manifest, experiments: join(shop, 'experiments.yaml'), out: join(workplace, 'certificate'), title, say });
}

async function story(): Promise<void> {
  await cp(fileURLToPath(new URL('../../examples/shop', import.meta.url)), shop, { recursive: true });
  // On a machine that is slow: so long each instance has to become ready.
  if (values.deadline !== undefined) await edit('code.yaml', /deadline: 15s/g, `deadline: ${values.deadline}`);
  if (docker) {
    title('Making an image with Node.js, and a Dockerfile for each service');
    await makeBase(docker);
    await contain(shop, values.runtime);
  }
  const where = docker ? '; the gateway at every address of this machine, where containers find it' : ', no Docker';
  title(`Starting the engine: a daemon and a gateway, embedded store${where}`);
  const listen = docker ? '0.0.0.0:0' : '127.0.0.1:0';
  const engine = swarm ? ['--set', `docker_host=${(await swarm).host}`] : [];
  const up = await codectl(home, ['up', '--set', `gateway_listen=${listen}`, '--set', 'api_listen=127.0.0.1:0', ...engine]);
  if (up !== 0) throw new Error('codectl up failed');
  await deploy('Deploying the shop: api, worker, web, and a static server that nobody here wrote', 0);

  const { listening } = await json<{ listening: string }>(home, ['routes']);
  const [, port = '0'] = listening.split(':');
  const host = '127.0.0.1';
  title(`Traffic: ${rate} requests a second through http://${host}:${port}, until the end`);
  const traffic = new Traffic({
    target: { host, port: Number(port) },
    rate,
    keepAlive: true,
    timeout: 10_000,
    label: 'x-shop-version',
    plans: [
      { method: 'GET', path: '/api/products', route: 'shop.localhost' },
      { method: 'GET', path: '/api/version', route: 'shop.localhost' },
      { method: 'GET', path: '/', route: 'static.localhost' },
      { method: 'POST', path: '/api/orders', route: 'shop.localhost', body: '{"product":"tea","quantity":1}' },
    ],
  });
  let report: TrafficReport;
  try {
    await edit('api/version.js', /['"]v?1[^'"]*['"]/, "'2.0.0'");
    await deploy('Shipping version 2 of the api', 0);
    await edit('api/version.js', /['"]2\.0\.0['"]/, "'3.0.0-broken'");
    await deploy('Shipping version 3, which never becomes healthy', 3);
  } finally {
    report = await traffic.stop();
  }
  await codectl(home, ['status']);
  const { api } = JSON.parse(await readFile(join(home, 'daemon.json'), 'utf8')) as { api: string };
  conclude(report, listening, api);
}

function conclude(report: TrafficReport, listening: string, api: string): void {
  title('What the users saw');
  say(`requests sent      ${report.sent}`);
  say(`requests served    ${report.succeeded}`);
  say(`requests failed    ${report.failed}${report.failed > 0 ? ` ${JSON.stringify(report.failures)}` : ''}`);
  say(
    `answers of the api ${Object.entries(report.versions)
      .map(([version, count]) => `${version}: ${count}`)
      .join(', ')}`,
  );
  say(`latency            p50 ${quantile(report.latencies, 0.5).toFixed(1)} ms, p99 ${quantile(report.latencies, 0.99).toFixed(1)} ms`);
  for (const time of times) say(`time               ${time}`);
  say(`status             ${api}/v1/apps.status${values.keep ? '' : ' (ends with the demo; "npm run demo -- --keep" leaves it up)'}`);
  if (values.keep)
    say(
      `\nIt stays up. Shop: http://shop.localhost:${listening.split(':')[1]}/ · status: codectl --home ${home} status · end: codectl --home ${home} down --all --yes`,
    );
  if (report.failed > 0) throw new Error(`${report.failed} requests failed; the demo promises none`);
  if (Object.keys(report.versions).some((version) => version.includes('broken'))) throw new Error('the broken version served a request');
}

async function end(): Promise<void> {
  await codectl(home, ['down', '--all', '--yes'], 'quiet');
  const own = await swarm?.catch(() => undefined);
  if (own) await closeManager(own);
  else if (docker)
    await removeTraces(docker, home).catch((thrown: unknown) => say(`Something of the demo is left in Docker: ${String(thrown)}`));
  await rm(workplace, { recursive: true, force: true, maxRetries: 5 });
}

/** The exit code. */
async function begin(): Promise<0> {
  const { runtime, keep } = values;
  if (!['process', 'docker', 'swarm'].includes(runtime))
    throw new Error(`there is no runtime ${runtime} here; there are process, docker and swarm`);
  if (runtime !== 'process' && chapter !== 'shop')
    throw new Error(`only the shop is shown on ${runtime}: npm run demo -- --runtime ${runtime}`);
  if (runtime === 'swarm' && keep) throw new Error('the Swarm of the demo ends with it; npm run lab -- 1 --keep brings one up that stays');
  if (runtime === 'docker') docker = await findEngine(process.env);
  if (runtime === 'swarm') swarm = openSwarm();
  if (swarm) docker = await swarm;
  if (chapter === 'canary') await (await import('./canary.ts')).canaryStory(home, join(workplace, 'canary'), say);
  else if (chapter === 'certify') await certified();
  else if (chapter === 'shop') await story();
  else throw new Error(`there is no demo called ${chapter}; there are "canary" and "certify", and the shop without a name`);
  return 0;
}

// What is detached from this process would outlive it.
const interrupted = new Promise<130>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(130));
});

try {
  process.exitCode = await Promise.race([begin(), interrupted]);
} catch (thrown) {
  say(`\nThe demo failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exitCode = 1;
} finally {
  if (!values.keep) await end();
}
// What still waits for something that is gone has nobody to tell it to.
if (process.exitCode === 130) process.exit();
