// Faults of the network, in user space: the gateway's connections to an instance are led through a proxy that is late, loses or is silent.
import type { Clock } from '../../../base/clock.ts';
import type { Duration } from '../../../base/units.ts';
import type { Address } from '../../../model/instance.ts';
import type { Fault, FaultKind } from '../../../model/proving/fault.ts';
import type { BadNetwork, Trouble } from '../../../platform/fault/proxy.ts';
import { FaultProxy } from '../../../platform/fault/proxy.ts';
import { openSilence } from '../../../platform/fault/silence.ts';
import type { Faults } from '../../../ports/faults.ts';
import type { Acting, Maker, Note } from '../running.ts';
import { goneAlready, notHere, runFault, settingOf } from '../running.ts';
import { addedDelay, isSilent, provoke } from './look.ts';

/** What leads connections to an instance elsewhere. */
export interface Detours {
  set(instance: string, to: Address, lasts: Duration): Promise<void>;
  remove(instance: string): Promise<void>;
  look(instance: string): Promise<{ readonly detoured: number; readonly processes: number }>;
}

export interface ProxyFaultsOptions {
  readonly detours: Detours;
  readonly clock: Clock;
  /** 0 … 1 */
  readonly draw: () => number;
}

/** A detour ends by itself this long after its fault should have, whatever became of us. */
const spare: Duration = 10_000;
const means = 'proxy of its own, by a detour in the gateway that ends by itself';
const kinds: readonly FaultKind[] = ['latency', 'loss', 'partition', 'dependency'];
const troubles: readonly Trouble[] = ['reset', 'truncate', 'stall', 'half_open', 'trickle'];

export function createProxyFaults(options: ProxyFaultsOptions): Faults {
  const makers: Readonly<Partial<Record<FaultKind, Maker>>> = {
    latency: (fault, note) => throughProxy(options, fault, note, delayed(fault)),
    loss: (fault, note) => throughProxy(options, fault, note, lossy(fault)),
    partition: (fault, note) => behindSilence(options, fault, note),
    dependency: (fault, note) => slowThenDead(options, fault, note),
  };
  return {
    name: 'proxy',
    abilities: async (target) => (target === 'instance' ? kinds.map((kind) => ({ kind, means })) : []),
    inject: (fault, note, signal) => {
      const make = makers[fault.kind];
      if (make === undefined) throw notHere(fault.kind, 'a proxy changes connections and nothing else');
      return runFault('proxy', options.clock, make, fault, note, signal);
    },
    undo: async ({ state }) => options.detours.remove(String(state['instance'])),
  };
}

interface Place {
  readonly instance: string;
  readonly address: Address;
}

function placeOf({ target }: Fault): Place {
  if (target.kind !== 'instance' || target.address === undefined)
    throw goneAlready(target.kind === 'instance' ? `${target.id} (without an address)` : `The ${target.kind}`);
  return { instance: target.id, address: target.address };
}

function delayed(fault: Fault): BadNetwork {
  const delay = settingOf(fault, 'delay', 250);
  const bandwidth = settingOf(fault, 'bandwidth', 0);
  return { delay, jitter: Math.min(delay, settingOf(fault, 'jitter', delay / 5)), ...(bandwidth > 0 && { bandwidth }) };
}

function lossy(fault: Fault): BadNetwork {
  const how = fault.settings['how'] ?? 'reset';
  const trouble = troubles.find((one) => one === how);
  if (trouble === undefined) throw notHere('loss', `"${how}" is none of ${troubles.join(', ')}`);
  return { trouble, share: Math.min(1, settingOf(fault, 'share', 0.3)) };
}

async function throughProxy({ detours, draw }: ProxyFaultsOptions, fault: Fault, note: Note, network: BadNetwork): Promise<Acting> {
  const { instance, address } = placeOf(fault);
  const proxy = new FaultProxy(address, draw);
  const to = await proxy.listen();
  proxy.become(network);
  await note({ instance });
  await lead(detours, instance, to, fault, () => proxy.close());
  const seen = network.trouble === undefined ? () => addedDelay(address, to, network) : () => provoke(to, () => proxy.counts);
  return {
    ...(await removable(detours, instance, () => proxy.close())),
    verify: async () => together(await inForce(detours, instance), await seen()),
  };
}

async function behindSilence({ detours }: ProxyFaultsOptions, fault: Fault, note: Note): Promise<Acting> {
  const { instance } = placeOf(fault);
  const silence = await openSilence();
  await note({ instance });
  await lead(detours, instance, silence, fault, () => silence.close());
  return {
    ...(await removable(detours, instance, () => silence.close())),
    verify: async (signal) => together(await inForce(detours, instance), await isSilent(silence, signal)),
  };
}

/** How a cascade begins: half of the time late, then gone. */
async function slowThenDead({ detours, draw }: ProxyFaultsOptions, fault: Fault, note: Note): Promise<Acting> {
  const { instance, address } = placeOf(fault);
  const network = { delay: settingOf(fault, 'delay', 1_000) };
  const proxy = new FaultProxy(address, draw);
  const silence = await openSilence();
  const to = await proxy.listen();
  proxy.become(network);
  await note({ instance });
  await lead(detours, instance, to, fault, async () => void (await Promise.all([proxy.close(), silence.close()])));
  let dead = false;
  const dies = setTimeout(() => {
    dead = true;
    void lead(detours, instance, silence, fault, async () => undefined).then(
      () => proxy.close(),
      () => undefined,
    );
  }, fault.lasts / 2);
  const close = async (): Promise<void> => {
    clearTimeout(dies);
    await Promise.all([dead ? undefined : proxy.close(), silence.close()]);
  };
  return {
    ...(await removable(detours, instance, close)),
    verify: async (signal) =>
      together(await inForce(detours, instance), dead ? await isSilent(silence, signal) : await addedDelay(address, to, network)),
  };
}

/** What was opened for it is closed when it cannot be led there. */
async function lead(detours: Detours, instance: string, to: Address, { lasts }: Fault, close: () => Promise<void>): Promise<void> {
  try {
    await detours.set(instance, { host: to.host, port: to.port }, lasts + spare);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function removable(detours: Detours, instance: string, close: () => Promise<void>): Promise<Omit<Acting, 'verify'>> {
  let closing: Promise<void> | undefined;
  return {
    means,
    undo: async () => {
      await detours.remove(instance);
      await (closing ??= close());
    },
    isOver: async () => (await detours.look(instance)).detoured === 0,
  };
}

interface Seen {
  readonly acts: boolean;
  readonly seen: string;
}

/** All processes of the gateway lead there: else a share of the traffic would go past the fault. */
async function inForce(detours: Detours, instance: string): Promise<Seen> {
  const { detoured, processes } = await detours.look(instance);
  return { acts: processes > 0 && detoured === processes, seen: `${detoured} of ${processes} gateway processes lead through the fault` };
}

function together(...all: readonly Seen[]): Seen {
  return { acts: all.every(({ acts }) => acts), seen: all.map(({ seen }) => seen).join('; ') };
}
