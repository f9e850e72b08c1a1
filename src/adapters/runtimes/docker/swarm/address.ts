// Where an instance takes requests: at its own address where it is on the Engine's machine, else at the port that its node opened for it.
import type { Address } from '../../../../model/instance.ts';
import { refusedWith } from '../client.ts';
import type { Site } from '../site.ts';
import type { Swarm } from './look.ts';
import { ownNode } from './look.ts';
import type { Task } from './shapes.ts';
import { gatewayBridge } from './shapes.ts';

export interface Place {
  /** Absent for who has no port. */
  readonly address?: Address;
  /** Its container, where that is the asked Engine's own. */
  readonly container?: string;
  /** Its first process, where that is on the asked Engine's machine. */
  readonly pid?: number;
}

const bridge = 'docker_gwbridge';

/** Undefined where it cannot be told yet. */
export async function addressOf(
  site: Site,
  swarm: Pick<Swarm, 'nodes'>,
  task: Task,
  port: number | undefined,
  signal: AbortSignal,
): Promise<Place | undefined> {
  if (task.NodeID === (await ownNode(site, signal))) return nearPlace(site, task, port, signal);
  return port === undefined ? {} : atPort(swarm.nodes.get(task.NodeID ?? '')?.Status.Addr, openedPort(task));
}

async function nearPlace(site: Site, task: Task, port: number | undefined, signal: AbortSignal): Promise<Place | undefined> {
  const { ContainerID: container, PID: pid } = task.Status.ContainerStatus ?? {};
  if (!container) return undefined;
  const known = { container, ...(pid ? { pid } : {}) };
  if (port === undefined) return known;
  const place =
    site.reach === 'address' ? atPort(await addressAtBridge(site, container, signal), port) : atPort(site.engine.host, openedPort(task));
  return place && { ...place, ...known };
}

function atPort(host: string | null | undefined, port: number | undefined): Place | undefined {
  return host && port !== undefined ? { address: { host, port } } : undefined;
}

function openedPort({ Status }: Task): number | undefined {
  const ports = (Status.PortStatus?.Ports ?? []).flatMap(({ PublishedPort }) => PublishedPort ?? []);
  return ports.find((one) => one > 0);
}

async function addressAtBridge(site: Site, container: string, signal: AbortSignal): Promise<string | undefined> {
  const seen = await lookAtBridge(site, signal);
  return seen?.Containers?.[container]?.IPv4Address?.split('/')[0];
}

/** The Engine's machine as its containers see it; undefined before the first of them. */
export async function hostSeenInside(site: Site, signal: AbortSignal): Promise<string | undefined> {
  const [place] = (await lookAtBridge(site, signal))?.IPAM?.Config ?? [];
  return place?.Gateway ?? firstOf(place?.Subnet ?? '');
}

/** The Engine's machine has the first address of a network that was made without a word about that. Undefined for what is no IPv4 network. */
export function firstOf(subnet: string): string | undefined {
  const [, base = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(subnet) ?? [];
  if (base === '') return undefined;
  const number = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % 2 ** (32 - Number(bits))) + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}

async function lookAtBridge(site: Site, signal: AbortSignal) {
  try {
    return await site.engine.json(gatewayBridge, { method: 'GET', path: `/networks/${bridge}` }, signal);
  } catch (thrown) {
    if (refusedWith(thrown, 404)) return undefined;
    throw thrown;
  }
}
