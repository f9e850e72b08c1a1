// `codectl bench deploy`: new versions under traffic: how long does one take, and who of the users noticed?
import { CodeError } from '../../base/errors.ts';
import type { Entrant } from './contenders/contender.ts';
import { gaveUp, own } from './contenders/contender.ts';
import type { Programs } from './contenders/ours.ts';
import { ours, surgeOf } from './contenders/ours.ts';
import { pm2 } from './contenders/pm2.ts';
import { oursOnSwarm } from './contenders/swarm/ours.ts';
import { swarm, swarmInFront, swarmUpdates } from './contenders/swarm/swarm.ts';
import type { Bench, BenchCall, BenchReport, Contestant, Ratio } from './report.ts';
import { absent, atMost, contestant, ratio, report } from './report.ts';
import type { Shape, Showing } from './showing.ts';
import { show } from './showing.ts';

export function deploy(programs: Programs): Bench {
  return {
    name: 'deploy',
    summary: 'Consecutive deploys under traffic, slow requests and WebSockets, beside PM2 reload and Docker Swarm',
    parameters: { rounds: 2, replicas: 10, deploys: 10, rate: 500, slow: 50, sockets: 50, seconds: 5, swarm: 1 },
    runtimes: ['process', 'swarm'],
    run: async (call) => {
      const { replicas = 1, deploys = 0, rate = 0, slow = 0, sockets = 0, seconds = 0, swarm: wanted = 1 } = call.parameters;
      const swarms = (['careful', 'defaults'] as const).map((variant) => swarm(variant, programs.node, wanted > 0));
      const onSwarm = isOnSwarm(call);
      const entrants = [...(onSwarm ? [oursOnSwarm(programs)] : [ours(programs), pm2(programs.node, call.peers)]), ...swarms];
      const parts: Part[] = [];
      for (const size of new Set([1, 10, replicas].filter((one) => one <= replicas))) {
        const shape = { replicas: size, deploys, rate, slow, sockets, seconds };
        parts.push(partOf(size, await showAll(entrants, shape, call)));
      }
      return report(onSwarm ? 'deploy on swarm' : 'deploy', call.parameters, {
        contestants: parts.flatMap((one) => one.contestants),
        ratios: parts.flatMap((one) => one.ratios),
        notes: [...notesOf(onSwarm, swarms), ...parts.flatMap((one) => one.notes)],
      });
    },
  };
}

type Part = Pick<BenchReport, 'contestants' | 'ratios' | 'notes'>;

/** What an entrant showed, round by round; or why it did not, or no longer, take part. */
interface Found {
  readonly entrant: Entrant;
  readonly showings: Showing[];
  absent: string | undefined;
}

async function showAll(entrants: readonly Entrant[], shape: Shape, call: BenchCall): Promise<readonly Found[]> {
  const { rounds = 0 } = call.parameters;
  const found = entrants.map((entrant): Found => ({ entrant, showings: [], absent: entrant.absent }));
  for (let round = 1; round <= rounds; round += 1)
    for (const one of found.filter(({ absent: why }) => why === undefined)) {
      call.progress(`${shape.replicas} replicas, round ${round} of ${rounds}: ${one.entrant.name}`);
      try {
        one.showings.push(await show(one.entrant, shape, call));
      } catch (thrown) {
        one.absent = gaveUp(one.entrant.name, thrown, call.signal);
      }
    }
  return found;
}

function partOf(replicas: number, found: readonly Found[]): Part {
  const times = ({ showings }: Found) => showings.flatMap((one) => one.times);
  const [first, ...peers] = found;
  const beside = (peer: Found) => `${replicas} replicas: time of a deploy, ${own} / ${peer.entrant.name}`;
  const compared = peers.flatMap((peer) => (first && times(peer).length > 0 ? [ratio(beside(peer), times(first), times(peer))] : []));
  return {
    contestants: found.flatMap((one) => contestantsOf(one, replicas)),
    ratios: [...found.flatMap((one) => ownRatios(one, replicas)), ...compared],
    notes: found.flatMap(({ entrant, showings }) =>
      showings.flatMap(({ why }) => (why === '' ? [] : [`${entrant.name}, ${replicas} replicas, failures: ${why}.`])),
    ),
  };
}

const notes: readonly string[] = [
  `A deploy is timed from the command to its end, which says that all replicas are new and the old ones gone; at most a fifth of the replicas (${[10, 50].map((size) => `${surgeOf(size)} of ${size}`).join(', ')}) are replaced at a time. Ours snapshots the source, plans, starts, probes, shifts, drains and audits; no bake time.`,
  'Half of the requests come on kept connections, half on a connection each; failures are those of all rounds together. A WebSocket counts as broken when it ends without a close frame that asks to come back. The load comes from a process of its own, which goes before the others where that is permitted, since it stands for clients elsewhere; it, contenders and application share the machine. Latencies count from the moment at which a request was due, so what the load generator is late (it looks every 5 ms) is in them.',
];

const oursThere =
  'Ours runs its replicas on a Swarm, too: one node, an Engine of its own for each contender, images of the same application that are built before, without a health check, which is our probe. Each of our replicas is a service of one task, and our gateway stands in front in place of HAProxy.';

/** Errors: `usage` for both at once, whose figures have other names. */
function isOnSwarm({ runtimes = [] }: Pick<BenchCall, 'runtimes'>): boolean {
  if (new Set(runtimes).size < 2) return runtimes.includes('swarm');
  throw new CodeError('usage', 'bench deploy runs on one runtime at a time.', { hint: 'Name one, and the other in a run of its own.' });
}

function notesOf(onSwarm: boolean, swarms: readonly Entrant[]): readonly string[] {
  const any = swarms.some((one) => one.absent === undefined);
  return [...notes, ...(onSwarm ? [oursThere] : []), ...(any ? [swarmInFront, ...swarmUpdates] : [])];
}

function contestantsOf({ entrant: { name }, absent: why, showings }: Found, replicas: number): readonly Contestant[] {
  const label = (what: string) => `${name}, ${replicas} replicas: ${what}`;
  const gone = why === undefined ? [] : [absent(label('deploys'), 'ms', why)];
  if (showings.length === 0) return gone;
  const none = name === own ? atMost(0) : undefined;
  const all = (what: string, value: (one: Showing) => number, target = none) =>
    contestant(label(what), '', [showings.reduce((sum, one) => sum + value(one), 0)], target);
  const each = (what: string, value: (one: Showing) => readonly number[] | number) =>
    contestant(label(what), 'ms', showings.flatMap(value));
  return [
    each('one deploy', ({ times }) => times),
    contestant(label('requests during deploys'), '', [showings.reduce((sum, one) => sum + one.requests, 0)]),
    all('failed requests, kept connections', ({ failed }) => failed.kept),
    all('failed requests, a connection each', ({ failed }) => failed.fresh),
    all('failed slow requests', ({ failed }) => failed.slow),
    all('broken WebSockets', ({ sockets }) => sockets.broken),
    each('p99 without deploys', ({ steady }) => steady),
    each('p99 during deploys', ({ during }) => during),
    each('how late the load generator was itself during deploys, p99', ({ delay }) => delay),
    ...gone,
  ];
}

function ownRatios({ entrant: { name }, showings }: Found, replicas: number): readonly Ratio[] {
  if (showings.length === 0) return [];
  const [during, steady] = [showings.map((one) => one.during), showings.map((one) => one.steady)];
  return [ratio(`${name}, ${replicas} replicas: p99 during deploys / without`, during, steady, name === own ? atMost(1.5) : undefined)];
}
