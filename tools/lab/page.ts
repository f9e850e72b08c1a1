// The page that a proof leaves behind: what was asked, what was measured, and whether it was met.
import { formatBytes } from '../../src/base/units.ts';
import { thisMachine } from '../../src/platform/measure.ts';
import { markdownTable } from '../../src/proving/bench/show.ts';
import type { Lost, Parted } from './faults.ts';
import type { Even, Proof } from './prove.ts';
import { shape } from './prove.ts';

/** What is asked of each size. */
const asked = { even: 0.995, off: 1_000 } as const;

export interface Criterion {
  readonly text: string;
  readonly verdict: 'met' | 'not_met' | 'not_measured';
  readonly seen: string;
}

const ms = (value: number): string => `${Math.round(value)} ms`;
const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

export function criteriaOf(proofs: readonly Proof[]): readonly Criterion[] {
  const lost = proofs.flatMap(({ lost: one }) => one ?? []);
  const parted = proofs.flatMap(({ parted: one }) => one ?? []);
  const least = Math.min(...proofs.map(({ even }) => even.share));
  const slowest = Math.max(...lost.map(({ off }) => off));
  const succeeded = parted.filter(({ outcome }) => outcome === 'succeeded').length;
  const stale = parted.reduce((sum, one) => sum + one.stale, 0);
  const after = parted.reduce((sum, one) => sum + one.apart + one.returned, 0);
  return [
    judged(
      `requests one after the other are spread evenly to at least ${percent(asked.even)}, at each size`,
      proofs.length > 0,
      least >= asked.even,
      `at least ${percent(least)}`,
    ),
    judged(
      `no traffic to a node that lost its power after ${ms(asked.off)}, at each size`,
      lost.length > 0,
      slowest <= asked.off,
      `at most ${ms(slowest)}`,
    ),
    judged(
      'a deployment while a node is parted succeeds, at each size',
      parted.length > 0,
      succeeded === parted.length,
      `${succeeded} of ${parted.length}`,
    ),
    judged(
      'no request after it is answered by the old version, neither during the partition nor after it',
      after > 0,
      stale === 0,
      `${stale} of ${after}`,
    ),
  ];
}

function judged(text: string, measured: boolean, isMet: boolean, seen: string): Criterion {
  return measured ? { text, verdict: isMet ? 'met' : 'not_met', seen } : { text, verdict: 'not_measured', seen: '–' };
}

export function page(proofs: readonly Proof[], took: number): string {
  const { cpu, cores, memory, load, system, node } = thisMachine();
  return `<!-- Written by \`npm run lab -- N --prove --write docs/swarm-lab.md\`; changes by hand are lost. -->

# A Swarm of several nodes, and what it costs when one is lost

Nodes are Docker Engines on one machine, each with a network and a process namespace of its own, joined by a bridge; the first is the manager, on the machine
itself, where daemon and gateway run, too. ${shape.replicas} replicas of a small HTTP service, placed by the Swarm, probed every 200 ms with a limit of
500 ms; two probes that fail take one out of the routes. Requests come at a steady pace, on kept connections, through the gateway, from the process
that measures. Everything shares ${cores} cores, so that more nodes are more load for the same machine.

${new Date().toISOString().slice(0, 10)} · ${cpu}, ${cores} cores (load ${load.toFixed(2)} in the last minute), ${formatBytes(memory)} · ${system} · Node.js ${node} · ${seconds(took)} in all

${markdownTable({
  head: ['criterion', 'verdict', 'seen'],
  rows: criteriaOf(proofs).map(({ text, verdict, seen }) => [text, verdict, seen]),
})}

## Evenness

Of N requests and n replicas, of which replica i answers xᵢ: Σ min(xᵢ, N/n) / N, the share of requests that went where an even split sends them
(1 minus the total variation distance to the even split). The gateway sends a request to the replica that has the fewest in flight, in turn where several have
equally few: requests that come one after the other, each on a connection of its own, show the turn; at a steady ${shape.rate} a second replicas that are
slow at the moment are spared, which is no even split and not meant to be one.

${markdownTable({
  head: ['nodes', 'requests', 'failed', 'fewest and most of a replica', 'even to'],
  rows: proofs.flatMap(({ nodes, even, pressed }) => [
    evenRow(`${nodes}, one after the other`, even),
    evenRow(`${nodes}, ${shape.rate} a second`, pressed),
  ]),
})}

## A node loses its power

Every process of the node that has most of the replicas, its Engine and all containers, is killed in one moment, while 200 requests a second come. Times count
from the moment at which that is asked for. *Off*: no table of the gateway names an instance of it. *Whole*: as many replicas as wanted are ready on other
nodes. *Noticed*: the Swarm itself calls the node down, which is what a replacement waits for.

${markdownTable({
  head: ['nodes', 'replicas there', 'off after', 'noticed after', 'whole after', 'requests', 'failed', 'last failed after'],
  rows: proofs.flatMap(({ nodes, lost }) =>
    lost ? [[String(nodes), ...lostRow(lost)]] : [[String(nodes), '–', '–', '–', '–', '–', '–', '–']],
  ),
})}

## A node is parted from the others

The same, but that node lives and goes on working; packets from it and to it are dropped (iptables in its namespace). As soon as it is out of the routes, another version is
deployed; when that has succeeded, and some requests later, the node is back. Requests count as stale when they came after the deployment had succeeded and
were answered by the version before.

${markdownTable({
  head: [
    'nodes',
    'replicas there',
    'off after',
    'deployment',
    'took',
    'requests',
    'failed',
    'asked while apart',
    'asked after its return',
    'stale',
  ],
  rows: proofs.flatMap(({ nodes, parted }) =>
    parted ? [[String(nodes), ...partedRow(parted)]] : [[String(nodes), ...Array.from({ length: 9 }, () => '–')]],
  ),
})}

On one node there is none to lose: the manager's own has daemon and gateway, too.
${reasons(proofs)}`;
}

function evenRow(name: string, { requests, failed, least, most, share }: Even): readonly string[] {
  return [name, String(requests), String(failed), `${least} – ${most}`, percent(share)];
}

function lostRow({ instances, off, noticed, back, requests, failed, lastFailed }: Lost): readonly string[] {
  return [
    String(instances),
    ms(off),
    seconds(noticed),
    seconds(back),
    String(requests),
    String(failed),
    lastFailed === undefined ? '–' : ms(lastFailed),
  ];
}

function partedRow({ instances, off, outcome, deployed, requests, failed, apart, returned, stale }: Parted): readonly string[] {
  return [
    String(instances),
    ms(off),
    outcome,
    seconds(deployed),
    String(requests),
    String(failed),
    String(apart),
    String(returned),
    String(stale),
  ];
}

function reasons(proofs: readonly Proof[]): string {
  const why = new Set(proofs.flatMap(({ lost, parted }) => [...(lost?.why ?? []), ...(parted?.why ?? [])]));
  return why.size === 0
    ? ''
    : `\nRequests that failed were answered with, or ended by: ${[...why].map((one) => `\`${one}\``).join(', ')}.\n`;
}
