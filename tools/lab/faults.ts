// What a service shows while a node of its Swarm loses its power, or its network: measured from the moment at which that is done.
import type { Duration } from '../../src/base/units.ts';
import { patience, until } from '../../test/kit/until.ts';
import type { SwarmLab } from '../../test/lab/lab.ts';
import type { LabNode } from '../../test/lab/node.ts';
import type { LabService } from './service.ts';
import { failed, Visitors } from './visitors.ts';

/** How many come a second; how many before anything is done, and after all is done; and how long each waits for its answer. */
export interface Crowd {
  readonly rate: number;
  readonly around: number;
  readonly patience: Duration;
}

export const crowd: Crowd = { rate: 200, around: 400, patience: 10_000 };

export interface Lost {
  /** Of the service, on that node. */
  readonly instances: number;
  readonly requests: number;
  readonly failed: number;
  /** What went wrong, each kind once. */
  readonly why: readonly string[];
  /** From then on the gateway's table names no instance of the node. */
  readonly off: Duration;
  /** The last request that failed had come by then; absent: none failed. */
  readonly lastFailed?: Duration;
  /** As many replicas are ready again as are wanted, on other nodes. */
  readonly back: Duration;
  /** The Swarm itself says that the node is down. */
  readonly noticed: Duration;
}

export interface Parted {
  readonly instances: number;
  readonly requests: number;
  readonly failed: number;
  readonly why: readonly string[];
  readonly off: Duration;
  /** Of the deployment during the partition. */
  readonly outcome: string;
  readonly deployed: Duration;
  /** Requests that came after it had succeeded, while the node was apart, and from its return on until its old containers were gone, and longer. */
  readonly apart: number;
  readonly returned: number;
  /** How many of those were answered by the old version. */
  readonly stale: number;
}

/** The node, but for the manager's own, on which most of it runs. */
async function busiest(lab: SwarmLab, service: LabService): Promise<{ readonly node: LabNode; readonly there: ReadonlySet<string> }> {
  const ready = await service.ready();
  const idsOn = (node: LabNode) => ready.filter((one) => one.node === node.name).map(({ id }) => id);
  const [node] = lab.workers.toSorted((a, b) => idsOn(b).length - idsOn(a).length);
  if (node === undefined) throw new Error('there is no node but this machine');
  return { node, there: new Set(idsOn(node)) };
}

type Work<T> = (more: () => Promise<void>) => Promise<T>;

/** Does it while requests come, and waits for the last of their answers. */
async function visited<T>(service: LabService, { around, ...pace }: Crowd, work: Work<T>): Promise<readonly [Visitors, T]> {
  const visitors = new Visitors(await service.house.gateway(), service.application, pace);
  const more = () => visitors.more(around);
  try {
    await more();
    return [visitors, await work(more)];
  } finally {
    await visitors.stop();
  }
}

function whenOff(service: LabService, there: ReadonlySet<string>): Promise<unknown> {
  return until(
    () => service.routed(),
    (routed) => [...there].every((one) => !routed.has(one)),
    patience,
    10,
  );
}

/** All that runs on one node is killed in one moment, its Engine included. Leaves the node running again. */
export async function loseNode(lab: SwarmLab, service: LabService, who = crowd): Promise<Lost> {
  const { node, there } = await busiest(lab, service);
  const [requests, { began, ...times }] = await visited(service, who, async (more) => {
    const began = performance.now();
    const took = async (work: Promise<unknown>): Promise<Duration> => {
      await work;
      return performance.now() - began;
    };
    const waits = [took(whenOff(service, there)), took(whenWhole(service, node)), took(lab.whenIs(node, 'down'))] as const;
    const [off, back, noticed] = await Promise.all([...waits, node.engine.kill()] as const);
    await more();
    return { began, off, back, noticed };
  });
  await node.engine.start();
  await lab.whenIs(node, 'ready');
  const seen = requests.since(began);
  const broken = failed(seen);
  const last = broken.map(({ intended }) => intended - began);
  return {
    ...times,
    instances: there.size,
    requests: seen.length,
    failed: broken.length,
    why: kinds(broken),
    ...(last.length === 0 ? {} : { lastFailed: Math.max(...last) }),
  };
}

/** The node goes on working and nobody reaches it; meanwhile another version is deployed; then it is back. */
export async function partNode(lab: SwarmLab, service: LabService, next: string, who = crowd): Promise<Parted> {
  const { node, there } = await busiest(lab, service);
  const [requests, { began, decided, back, ...found }] = await visited(service, who, async (more) => {
    const began = performance.now();
    await node.isolate(true);
    await whenOff(service, there);
    const off = performance.now() - began;
    const asked = performance.now();
    const { outcome = '' } = await service.deploy(next);
    const decided = performance.now();
    await more();
    const back = performance.now();
    await node.isolate(false);
    await lab.whenIs(node, 'ready');
    await whenGone(node, there);
    await more();
    return { began, off, outcome, deployed: decided - asked, decided, back };
  });
  const seen = requests.since(began);
  const after = requests.since(decided);
  const returned = requests.since(back).length;
  return {
    ...found,
    instances: there.size,
    requests: seen.length,
    failed: failed(seen).length,
    why: kinds(failed(seen)),
    apart: after.length - returned,
    returned,
    stale: after.filter(({ headers }) => headers['x-version'] !== undefined && headers['x-version'] !== next).length,
  };
}

function whenWhole(service: LabService, without: LabNode): Promise<unknown> {
  return until(
    () => service.ready(),
    (ready) => ready.length === service.replicas && ready.every((one) => one.node !== without.name),
    patience,
    50,
  );
}

/** The Swarm ends what it had given up, once the node listens to it again. */
async function whenGone({ engine }: LabNode, instances: ReadonlySet<string>): Promise<void> {
  await until(
    () => engine.json<readonly { readonly Labels: Readonly<Record<string, string>> }[]>('/containers/json'),
    (running) => !running.some(({ Labels }) => instances.has(Labels['codectl.instance'] ?? '')),
    patience,
    100,
  );
}

function kinds(broken: readonly { readonly failure: string | undefined }[]): readonly string[] {
  return [...new Set(broken.map(({ failure }) => failure ?? ''))];
}
