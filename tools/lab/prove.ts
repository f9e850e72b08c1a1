// What a Swarm of several nodes shows of the product: how evenly requests are spread, and what a lost or a parted node costs.
import type { Answered } from '../../src/platform/http/caller.ts';
import { Caller } from '../../src/platform/http/caller.ts';
import type { House } from '../../test/kit/house.ts';
import type { SwarmLab } from '../../test/lab/lab.ts';
import { evenness } from './evenness.ts';
import type { Lost, Parted } from './faults.ts';
import { loseNode, partNode } from './faults.ts';
import { LabService } from './service.ts';
import { Visitors } from './visitors.ts';

export const shape = { replicas: 10, requests: 10_000, rate: 500 } as const;

/** How requests were spread. */
export interface Even {
  readonly requests: number;
  readonly failed: number;
  /** Of the replicas, how many requests the one with the fewest and the one with the most has answered. */
  readonly least: number;
  readonly most: number;
  readonly share: number;
}

export interface Proof {
  readonly nodes: number;
  /** Each request after the answer to the one before. */
  readonly even: Even;
  /** At `shape.rate`, whatever is still open. */
  readonly pressed: Even;
  /** Absent where the only node is the manager's own. */
  readonly lost?: Lost;
  readonly parted?: Parted;
}

/** One size after the other, each with a service of its own. `sizes` grow. */
export async function prove(lab: SwarmLab, house: House, sizes: readonly number[], say: (text: string) => void): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const nodes of sizes) {
    if (nodes > lab.size) say(`starting nodes, up to ${nodes}`);
    await lab.grow(nodes);
    const service = new LabService(lab, house, `lab-${nodes}`, shape);
    proofs.push(await proveAt(lab, service, say));
    await service.remove();
  }
  return proofs;
}

async function proveAt(lab: SwarmLab, service: LabService, say: (text: string) => void): Promise<Proof> {
  const nodes = lab.size;
  const tell = (text: string): void => say(`${nodes} ${nodes === 1 ? 'node' : 'nodes'}: ${text}`);
  tell(`deploying ${shape.replicas} replicas`);
  await service.ship('v1');
  tell(`${shape.requests} requests one after the other, and as many at ${shape.rate} a second`);
  const even = await inTurn(service);
  const pressed = await atOnce(service);
  if (lab.workers.length === 0) return { nodes, even, pressed };
  tell('a node loses its power');
  const lost = await loseNode(lab, service);
  // What was lost is elsewhere now: a new version stands on all of them again.
  await service.ship('v2');
  tell('a node is parted from the others, a version is deployed, the node returns');
  return { nodes, even, pressed, lost, parted: await partNode(lab, service, 'v3') };
}

async function inTurn(service: LabService): Promise<Even> {
  const { host, port } = await service.house.gateway();
  const caller = new Caller({ keepAlive: false });
  const answers: Answered[] = [];
  const ask = { host, port, method: 'GET', path: '/', headers: { host: `${service.application}.localhost` }, timeout: 10_000 } as const;
  while (answers.length < shape.requests) answers.push(await caller.ask(ask));
  caller.close();
  return spread(answers.map((one) => (one.kind === 'answer' && one.status === 200 ? one.headers['x-instance'] : undefined)));
}

async function atOnce(service: LabService): Promise<Even> {
  const visitors = new Visitors(await service.house.gateway(), service.application, { rate: shape.rate, patience: 10_000 });
  await visitors.more(shape.requests).finally(() => visitors.stop());
  // Those that came first: what is on its way at the end is no part of it.
  const first = visitors
    .since(0)
    .toSorted((a, b) => a.intended - b.intended)
    .slice(0, shape.requests);
  return spread(first.map(({ failure, headers }) => (failure === undefined ? headers['x-instance'] : undefined)));
}

/** Of the instances that answered; undefined: nobody did. */
function spread(answered: readonly (string | undefined)[]): Even {
  const by = Map.groupBy(
    answered.flatMap((one) => one ?? []),
    (one) => one,
  );
  const silent = Array.from({ length: Math.max(0, shape.replicas - by.size) }, () => 0);
  const counts = [...[...by.values()].map((all) => all.length), ...silent];
  return {
    requests: answered.length,
    failed: answered.filter((one) => one === undefined).length,
    least: Math.min(...counts),
    most: Math.max(...counts),
    share: evenness(counts, shape.replicas),
  };
}
