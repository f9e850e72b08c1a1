// A Swarm on this machine: an Engine of its own that manages it, and Engines that join.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Dockerd } from './dockerd.ts';
import type { LabNode } from './node.ts';
import { ip } from './node.ts';

/** Where the nodes of every Swarm tell each other of their containers; nobody can choose another. */
const gossip = 7946;
/** Private, as an Engine chooses them (internal names are for such callers only), beside those of the Engines' own pool; another one each time. */
const subnetOf = (third: number) => `10.218.${third % 240}.0/24`;
/** Bridges of Engines that run: one that is left behind would take the addresses of the next. */
const bridges = new Map<Dockerd, string>();

/** Why this machine can have none at the moment; undefined when it can. */
export async function whyNoSwarm(): Promise<string | undefined> {
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

/** Everything that the Swarm makes on this machine has a name of its own. `at`: where its nodes meet; `more`: further words for its Engine. */
export async function openManager(at = '127.0.0.1', more: readonly string[] = []): Promise<Dockerd> {
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
    return engine;
  } catch (error) {
    await closeManager(engine);
    throw error;
  }
}

export async function closeManager(engine: Dockerd): Promise<void> {
  await engine.send('POST', '/swarm/leave?force=1').catch(() => undefined);
  await engine[Symbol.asyncDispose]();
  await ip('link', 'del', bridges.get(engine) ?? '').catch(() => undefined);
}

/** As a worker. */
export async function joinSwarm(manager: Dockerd, { engine, address }: LabNode): Promise<void> {
  const [{ JoinTokens: tokens }, { Swarm: state }] = await Promise.all([
    manager.json<{ readonly JoinTokens: { readonly Worker: string } }>('/swarm'),
    manager.json<{ readonly Swarm: { readonly RemoteManagers: readonly { readonly Addr: string }[] } }>('/info'),
  ]);
  const RemoteAddrs = state.RemoteManagers.map(({ Addr }) => Addr);
  const JoinToken = tokens.Worker;
  await engine.send('POST', '/swarm/join', { ListenAddr: `${address}:2377`, AdvertiseAddr: address, RemoteAddrs, JoinToken });
}
