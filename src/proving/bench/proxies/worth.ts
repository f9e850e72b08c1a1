// What a second gateway process is worth, from what one and two of them showed.
import { availableParallelism } from 'node:os';
import type { BenchCall, BenchReport, Contestant } from '../report.ts';
import { atLeast, contestant, ratio } from '../report.ts';
import type { PairShown, Shown } from './pair.ts';
import { tryPair } from './pair.ts';

type Part = Pick<BenchReport, 'contestants' | 'ratios' | 'notes'>;

const promised = atLeast(1.7);
/** Load, upstream and two gateways need a core each before time can show, without slices, what two are worth. */
const coresForAll = 4;

/** Of its slice; ticks of the CPU clock are a hundredth of a second. */
const busyFrom = 0.9;

const total = ({ cpu }: Shown) => cpu.reduce((sum, part) => sum + part, 0);
const busiest = ({ cpu }: Shown) => Math.max(...cpu);
const perCpu = (shown: readonly Shown[]) => shown.map((one) => one.requests / total(one));
const perSecond = (shown: readonly Shown[]) => shown.map((one) => one.perSecond);
// With a core for each process the busiest is the first to have no more.
const capacity = (shown: readonly Shown[]) => shown.map((one) => one.requests / busiest(one));

/** A process that had time to spare shows what the load was, not what it carries. */
function isBusy({ cpu }: Shown, { slice, seconds }: PairShown): boolean {
  return slice === undefined || Math.min(...cpu) >= busyFrom * slice * seconds;
}

/** Of the idler of two, where there are two. */
function usedOf(slice: number, seconds: number, { 1: one, 2: two }: PairShown['shown']): Contestant {
  const used = [...one, ...two].map(({ cpu }) => Math.min(...cpu) / (slice * seconds));
  return contestant('codectl, one process and two: part of its slice that a process used', '', used);
}

export async function worthOfTwo(gateway: readonly string[], node: string, call: BenchCall): Promise<Part> {
  return partOf(await tryPair(gateway, node, call));
}

/** The promise is judged by time where every process had its slice, else by CPU time, which the report then says. */
export function partOf(pair: PairShown): Part {
  const { slice, seconds } = pair;
  const all = pair.shown[1].map((one, at) => ({ 1: one, 2: pair.shown[2][at] }));
  const busy = all.flatMap(({ 1: one, 2: two }) =>
    two !== undefined && isBusy(one, pair) && isBusy(two, pair) ? [{ 1: one, 2: two }] : [],
  );
  const [one, two] = [busy.map((turn) => turn[1]), busy.map((turn) => turn[2])];
  const held = slice === undefined ? '' : `, each held to ${slice * 100} % of a core`;
  const enough = availableParallelism() >= coresForAll;
  const wall = ratio(
    `two processes / one: requests a second${held || ', as this machine lets them'}`,
    perSecond(two),
    perSecond(one),
    slice !== undefined || enough ? promised : undefined,
  );
  const byCpu = ratio('two processes / one: requests until the busiest has used one second of CPU', capacity(two), capacity(one), promised);
  const ofCpu = ratio('two processes / one: requests a second of CPU', perCpu(two), perCpu(one), atLeast(0.85));
  return {
    contestants: [
      contestant(`codectl, one process${held}: requests a second`, '/s', perSecond(one)),
      contestant(`codectl, two processes${held}: requests a second`, '/s', perSecond(two)),
      contestant('codectl, one process: requests a second of CPU', '/s', perCpu(one)),
      contestant('codectl, two processes: requests a second of CPU', '/s', perCpu(two)),
      contestant(
        'codectl, two processes: part of the work that the busier one does',
        '',
        two.map((one) => busiest(one) / total(one)),
      ),
      ...(slice === undefined ? [] : [usedOf(slice, seconds, pair.shown)]),
    ],
    ratios: [wall, ofCpu, ...(slice === undefined ? [byCpu] : [])].filter(() => busy.length > 0),
    notes: [slice === undefined ? withoutSlices : withSlices(slice, all.length - busy.length)],
  };
}

const cores = availableParallelism();

function withSlices(slice: number, idle: number): string {
  const left =
    idle === 0
      ? ''
      : ` Turns in which a process had time to spare, because others used the machine, say nothing and do not count: ${idle}.`;
  return `Two processes at one address beside one: the kernel holds every process to ${slice * 100} % of a core, so that each is as busy as it may be while load generator and upstream have the rest of ${cores} cores. As many connections for each process; the kernel spreads them by their addresses. What a process used of its slice says whether the load was enough.${left}`;
}

const withoutSlices = `Two processes at one address: the kernel spreads connections by their addresses, about evenly. No process could be held to a part of a core (there is no CPU control group that this user may make), so what they can carry is told by CPU time, at as many connections for each process, because load generator, upstream and gateways share ${cores} cores here: requests a second of time show it only where each has a core of its own (${coresForAll}).`;
