// Whether a fault of the network acts, seen from the place where the gateway stands.
import type { Address } from '../../../model/instance.ts';
import type { BadNetwork, ProxyCounts } from '../../../platform/fault/proxy.ts';
import { httpStatus, tcpConnect } from '../../../platform/probe.ts';

export interface Seen {
  readonly acts: boolean;
  readonly seen: string;
}

const tries = 5;
const patience = 30_000;
/** A connection on loopback that is not there after this long waits for a packet that was dropped. */
const dropped = 1_000;

/** Answers come later through it than without it, by what was set: their medians, so that one slow moment says nothing. */
export async function addedDelay(direct: Address, through: Address, { delay = 0, jitter = 0 }: BadNetwork): Promise<Seen> {
  const without = await medianOf(direct);
  const within = await medianOf(through);
  if (without === undefined || within === undefined) return { acts: false, seen: 'the instance answers no HTTP: its delay cannot be seen' };
  const added = within - without;
  return {
    acts: added >= 0.8 * Math.max(0, delay - jitter),
    seen: `answers came ${Math.round(added)} ms later than without it (${Math.round(delay)} ± ${Math.round(jitter)} ms asked for)`,
  };
}

async function medianOf(address: Address): Promise<number | undefined> {
  const times: number[] = [];
  for (let count = 0; count < tries; count += 1) {
    const began = performance.now();
    const answer = await httpStatus({ ...address, timeout: patience }, '/', AbortSignal.timeout(patience));
    if ('status' in answer) times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

export async function isSilent(address: Address, signal: AbortSignal): Promise<Seen> {
  const because = await tcpConnect({ ...address, timeout: dropped }, signal);
  const acts = because?.startsWith('did not accept') === true;
  return { acts, seen: acts ? `a connection to it ${because}` : `a connection to it was ${because ?? 'accepted'}` };
}

const provocations = 40;

/** Asks until one exchange met the trouble: traffic of users counts as well. */
export async function provoke(through: Address, counts: () => ProxyCounts): Promise<Seen> {
  for (let count = 0; count < provocations && counts().troubled === 0; count += 1)
    await httpStatus({ ...through, timeout: dropped }, '/', AbortSignal.timeout(dropped));
  const { troubled, answers } = counts();
  return { acts: troubled > 0, seen: `${troubled} of ${answers} answers met it` };
}
