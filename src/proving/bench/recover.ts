// `codectl bench recover`: SIGKILL of one replica after the other, ours and the peers' in turns.
import type { Contender, Entrant } from './contenders/contender.ts';
import { gaveUp, own } from './contenders/contender.ts';
import type { Programs } from './contenders/ours.ts';
import { ours } from './contenders/ours.ts';
import { pm2 } from './contenders/pm2.ts';
import { swarm, swarmInFront } from './contenders/swarm/swarm.ts';
import type { Recovery } from './recovery.ts';
import { killOne } from './recovery.ts';
import type { Bench, BenchCall, Contestant, Target } from './report.ts';
import { absent, atMost, contestant, ratio, report } from './report.ts';

const notes = [
  'Measured from outside: the replacement is there when its first answer arrives (200 requests a second: to within about 15 ms). Each round kills in a fresh release, so that no backoff of an earlier round counts.',
  'The peers have no route table to ask, hence no time to unroute; their failed requests tell the same story.',
];

const swarmWaits = 'Swarm is left to its defaults; one of them is to wait 5 s before a task is started again.';

export function recover(programs: Programs): Bench {
  return {
    name: 'recover',
    summary: 'SIGKILL of one replica under traffic, beside PM2 and Docker Swarm',
    parameters: { rounds: 5, replicas: 3, rate: 200, swarm: 1 },
    run: async (call) => {
      const { parameters, peers } = call;
      const entrants = [ours(programs), pm2(programs.node, peers), swarm('defaults', programs.node, parameters['swarm'] !== 0)];
      const found = await recoverAll(entrants, call);
      const whole = (one: Found) => one.recoveries.map((recovery) => recovery.whole);
      const [first, ...others] = found;
      const compared = others.flatMap((one) =>
        first && whole(one).length > 0 ? [ratio(`${one.entrant.name} / ${own}, kill to whole again`, whole(one), whole(first))] : [],
      );
      const ofSwarm = found.some((one) => one.entrant.name.startsWith('Swarm') && one.recoveries.length > 0);
      return report('recover', parameters, {
        contestants: found.flatMap(contestantsOf),
        ratios: compared,
        notes: [...notes, ...(ofSwarm ? [swarmWaits, swarmInFront] : [])],
      });
    },
  };
}

/** What an entrant did, round by round; or why it did not, or no longer, take part. */
interface Found {
  readonly entrant: Entrant;
  readonly recoveries: Recovery[];
  contender: Contender | undefined;
  absent: string | undefined;
}

/** All of them stand side by side; rounds take turns. */
async function recoverAll(entrants: readonly Entrant[], { parameters, progress, signal }: BenchCall): Promise<readonly Found[]> {
  const { rounds = 0, replicas = 0, rate = 0 } = parameters;
  const found = entrants.map((entrant): Found => ({ entrant, recoveries: [], contender: undefined, absent: entrant.absent }));
  const each = async (work: (one: Found) => Promise<void>) => {
    for (const one of found.filter(({ absent: why }) => why === undefined))
      await work(one).catch((thrown: unknown) => {
        one.absent = gaveUp(one.entrant.name, thrown, signal);
      });
  };
  try {
    await each(async (one) => {
      one.contender = await one.entrant.open(replicas, signal);
    });
    for (let round = 1; round <= rounds; round += 1)
      await each(async ({ entrant: { name }, contender, recoveries }) => {
        progress(`round ${round} of ${rounds}: ${name}`);
        const version = `v${round}`;
        await contender?.prepare(version, signal);
        await contender?.deploy(version, signal);
        if (contender) recoveries.push(await killOne(contender, { version, replicas, rate }, signal));
      });
    return found;
  } finally {
    await Promise.all(found.flatMap((one) => one.contender?.end() ?? []));
  }
}

function contestantsOf({ entrant: { name }, absent: why, recoveries }: Found): readonly Contestant[] {
  const gone = why === undefined ? [] : [absent(`${name}: kill to whole again`, 'ms', why)];
  if (recoveries.length === 0) return gone;
  const promised = (most: number) => (name === own ? atMost(most) : undefined);
  const each = (what: string, unit: string, value: (one: Recovery) => number, target?: Target) =>
    contestant(`${name}: ${what}`, unit, recoveries.map(value), target);
  const unrouted = recoveries.flatMap((one) => one.unrouted ?? []);
  return [
    ...(name === own ? [contestant(`${name}: kill to unrouted`, 'ms', unrouted, atMost(100))] : []),
    each('kill to whole again', 'ms', ({ whole }) => whole),
    each("the same beyond the application's own start", 'ms', ({ beyondStart }) => beyondStart, promised(1_000)),
    each('failed requests a kill', '', ({ failed }) => failed),
    ...gone,
  ];
}
