// What the tests on Swarm share: an Engine of their own as a Swarm of one node, a house that uses it, and what is in it.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { noEngine, openHouse } from '../docker/kit.ts';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { Dockerd } from '../lab/dockerd.ts';
import { programImage } from '../lab/images.ts';

/** Where the nodes of every Swarm tell each other of their containers; nobody can choose another. */
const gossip = 7946;
/** Of addresses that are set aside for benchmarks (RFC 2544), so that they are nobody's network; another one each time. */
const subnetOf = (third: number) => `198.18.${third % 240}.0/24`;
/** Bridges of Engines that run: one that is left behind would take the addresses of the next. */
const bridges = new Map<Dockerd, string>();

const why = process.env['CODE_TEST_NO_DOCKER'] ?? (noEngine ? 'run them with npm run test:docker' : await whyNoSwarm());

/** For `describe.skipIf`; the reason belongs into its name. */
export const noSwarm = why !== undefined;
export const onSwarm = why === undefined ? 'on Swarm' : `on Swarm (skipped: ${why})`;

async function whyNoSwarm(): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(gossip, '0.0.0.0');
    await once(server, 'listening');
    return undefined;
  } catch {
    return `another Swarm is at work on this machine, at port ${gossip}, which each needs`;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const program = fileURLToPath(new URL('program.mjs', import.meta.url));
export const image = 'code-test/swarm:1';

/** Everything that the Swarm makes on this machine has a name of its own. `at`: where its nodes meet; `more`: further words for its Engine. */
export async function openSwarm(at = '127.0.0.1', more: readonly string[] = []): Promise<Dockerd> {
  const engine = await Dockerd.open(more);
  try {
    const bridge = `ct-${randomBytes(4).toString('hex')}`;
    bridges.set(engine, bridge);
    await engine.send('POST', '/networks/create', {
      Name: 'docker_gwbridge',
      Driver: 'bridge',
      IPAM: { Config: [{ Subnet: subnetOf(randomBytes(1)[0] ?? 0) }] },
      Options: { 'com.docker.network.bridge.name': bridge, 'com.docker.network.bridge.enable_icc': 'false' },
    });
    await engine.send('POST', '/swarm/init', { ListenAddr: `${at}:${await freePort(at)}`, AdvertiseAddr: at });
    await programImage(engine, image, program, ['EXPOSE 8080']);
    return engine;
  } catch (error) {
    await closeSwarm(engine);
    throw error;
  }
}

export async function closeSwarm(engine: Dockerd): Promise<void> {
  await engine.send('POST', '/swarm/leave?force=1').catch(() => undefined);
  await engine[Symbol.asyncDispose]();
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  await promisify(execFile)('ip', ['link', 'del', bridges.get(engine) ?? ''], { env }).catch(() => undefined);
}

export interface Wished {
  readonly image?: string;
  readonly [key: string]: unknown;
}

export function manifest(application: string, wished: Wished = {}): string {
  const web = {
    image,
    port: 8080,
    probe: { path: '/healthz', interval: '200ms', deadline: '120s' },
    routes: [{ host: `${application}.localhost` }],
    strategy: { kind: 'rolling', bake: '100ms' },
    stop: { drain: '60s', grace: '5s' },
    ...wished,
  };
  return JSON.stringify({ application, services: { web }, environments: { test: { runtime: 'swarm' } } });
}

/** The Swarm and a house that uses it, for all tests of a file. */
export function withSwarm() {
  let engine: Dockerd | undefined;
  let house: House | undefined;
  beforeAll(async () => {
    engine = await openSwarm();
    house = await openHouse(engine);
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    if (engine) await closeSwarm(engine);
  });
  const there = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error('there is none before the first test');
    return one;
  };
  return {
    get engine() {
      return there(engine);
    },
    get house() {
      return there(house);
    },
    /** Deploys a manifest of ours; it must succeed. */
    async ship(application: string, wished: Wished = {}): Promise<void> {
      const { outcome, reason, last_log } = await this.house.outcome(await this.house.deploy(manifest(application, wished)));
      expect({ outcome, reason, last_log }).toMatchObject({ outcome: 'succeeded' });
    },
    async ask(application: string, path: string) {
      return get({ host: `${application}.localhost`, port: (await this.house.gateway()).port, path });
    },
  };
}

export interface ListedService {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
}

export function services(at: Dockerd): Promise<readonly ListedService[]> {
  return at.json('/services');
}

export async function servicesOf(at: Dockerd, application: string): Promise<readonly ListedService[]> {
  return (await services(at)).filter(({ Spec }) => Spec.Labels['codectl.application'] === application);
}

export async function overlays(at: Dockerd): Promise<readonly string[]> {
  const all = await at.json<readonly { readonly Name: string; readonly Driver: string }[]>('/networks');
  return all.filter(({ Driver }) => Driver === 'overlay').map(({ Name }) => Name);
}
