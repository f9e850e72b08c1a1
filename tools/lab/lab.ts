// `npm run lab -- N`: a Docker Swarm of N nodes on this Linux machine, each with a network of its own; all of it is gone at the end.
//   npm run lab -- 3                     deploys a service to each node, shows where it runs, and ends
//   npm run lab -- 3 --keep              stays up until Ctrl-C
//   npm run lab -- 3 -- CMD ARGUMENT …   stays up for one command, with DOCKER_HOST and CODE_DOCKER_HOST set, and ends with its exit code
//   npm run lab -- 10 --prove [--write docs/swarm-lab.md]   measures spreading, lost and parted nodes at 1, 3, 5 and 10 nodes (or as many as N)
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { House } from '../../test/kit/house.ts';
import { whyNoEngine } from '../../test/lab/dockerd.ts';
import { SwarmLab } from '../../test/lab/lab.ts';
import { whyNoSwarm } from '../../test/lab/swarm.ts';
import { criteriaOf, page } from './page.ts';
import { prove } from './prove.ts';
import { LabService, manifestOf } from './service.ts';
import type { Wish } from './wish.ts';
import { usage, wishFrom } from './wish.ts';

/** Nodes at which a proof is made. */
const sizes = [1, 3, 5, 10];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The exit code. Everything that was begun is ended before it is known. */
async function run(wish: Wish, stop: AbortSignal): Promise<number> {
  const why = (await whyNoEngine()) ?? (await whyNoSwarm());
  if (why !== undefined) throw new Error(`no Swarm can be made here: ${why}`);
  const began = performance.now();
  say('Starting the manager, and an image of a small service');
  // Each of these is waited for here: leaving this block ends the lab.
  await using lab = await SwarmLab.open();
  stop.throwIfAborted();
  if (wish.prove) return await proveIn(lab, wish, began, stop);
  for (let nodes = lab.size; nodes < wish.nodes; nodes = lab.size) {
    stop.throwIfAborted();
    const { name } = await lab.add();
    say(`${name} has joined`);
  }
  stop.throwIfAborted();
  const manifest = join(lab.manager.directory, 'code.yaml');
  writeFileSync(manifest, `${manifestOf('lab', lab.image, 'v1', { replicas: wish.nodes })}\n`);
  introduce(lab, manifest, performance.now() - began);
  if (wish.command.length > 0) return await commandIn(lab, manifest, wish.command, stop);
  if (wish.keep) return await until(stop);
  return await showIn(lab, wish.nodes, stop);
}

function introduce(lab: SwarmLab, manifest: string, took: number): void {
  const { host } = lab.manager;
  say(`\n${lab.size} ${lab.size === 1 ? 'node is' : 'nodes are'} up after ${(took / 1000).toFixed(1)} s, on the bridge ${lab.net.name}:`);
  say(`  the manager, ${lab.net.address}: DOCKER_HOST=${host}`);
  for (const { name, address, engine } of lab.workers) say(`  ${name}, ${address}: DOCKER_HOST=${engine.host}`);
  say(`Look:   DOCKER_HOST=${host} docker node ls`);
  say(`Deploy: codectl up --set docker_host=${host} && codectl deploy -f ${manifest} --yes\n`);
}

/** Until somebody ends it. */
function until(stop: AbortSignal): Promise<number> {
  say('It stays up until Ctrl-C.');
  return new Promise((resolve) => {
    // Nothing else may keep this process alive.
    const alive = setInterval(() => undefined, 60_000);
    stop.addEventListener('abort', () => {
      clearInterval(alive);
      resolve(0);
    });
  });
}

function commandIn(lab: SwarmLab, manifest: string, [program = '', ...words]: readonly string[], stop: AbortSignal): Promise<number> {
  const { host } = lab.manager;
  const env = { ...process.env, DOCKER_HOST: host, CODE_DOCKER_HOST: host, LAB_MANIFEST: manifest, LAB_IMAGE: lab.image };
  const child = spawn(program, words, { stdio: 'inherit', env });
  stop.addEventListener('abort', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 130));
  });
}

async function showIn(lab: SwarmLab, nodes: number, stop: AbortSignal): Promise<number> {
  await using house = await House.open({ docker_host: lab.manager.host });
  const service = new LabService(lab, house, 'lab', { replicas: nodes });
  await unlessStopped(service.ship('v1'), stop);
  for (const { id, node, address } of await service.ready()) say(`${id} answers on ${node} at ${address}`);
  return 0;
}

async function proveIn(lab: SwarmLab, { nodes, write }: Wish, began: number, stop: AbortSignal): Promise<number> {
  const wanted = sizes.filter((one) => one <= nodes);
  await using house = await House.open({ docker_host: lab.manager.host });
  const proofs = await unlessStopped(prove(lab, house, wanted, say), stop);
  const criteria = criteriaOf(proofs);
  const text = page(proofs, performance.now() - began);
  if (write === undefined) say(`\n${text}`);
  else writeFileSync(write, text);
  for (const { text: asked, verdict, seen } of criteria) say(`${verdict}: ${asked} (${seen})`);
  return criteria.every(({ verdict }) => verdict === 'met') ? 0 : 1;
}

/** Work that goes on beside the tidying up fails, and nobody is told. */
async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  stop.throwIfAborted();
  const stopped = new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true }));
  return await Promise.race([work, stopped]);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (!stop.signal.aborted) say('\nEnding; what was made is being removed');
    stop.abort(new Error('it was told to end'));
  });

async function main(): Promise<number> {
  let wish: Wish;
  try {
    wish = wishFrom(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\nUsage: ${usage}\n`);
    return 2;
  }
  try {
    return await run(wish, stop.signal);
  } catch (thrown) {
    if (stop.signal.aborted) return 130;
    process.stderr.write(`The lab failed: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return 1;
  }
}

// Whatever still waits for something that is gone has nobody to tell it to.
process.exit(await main());
