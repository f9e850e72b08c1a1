// Does the faults of an experiment, each written down before and seen to act; and takes all of them back, whatever happens.
import { asCodeError, CodeError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import type { PlannedFault } from '../../model/proving/experiment.ts';
import type { Fault, FaultTarget, Injection } from '../../model/proving/fault.ts';
import type { Faults, RunningFault, UndoNote } from '../../ports/faults.ts';
import type { ChaosSite, ChaosTarget } from './site.ts';

export interface Injected {
  readonly fault: Fault;
  readonly injection: Injection;
}

export type InjectSite = Omit<ChaosSite, 'openLoad' | 'seed'>;

/** After the fault should have ended; whoever watches undoes it then. */
const spare = 20_000;
/** How long a fault may take until it is seen to act. */
const seenWithin = 20_000;
const look = 100;

export interface InjectedAll {
  readonly injections: readonly Injected[];
  /** What kept one of them from being done; then all were taken back at once. */
  readonly broken?: string;
}

/** Resolves when every fault has lasted its time, or nobody wants to go on, and all were taken back. Errors: `service_unknown`, `instance_unknown`. */
export async function injectAll(site: InjectSite, planned: readonly PlannedFault[], signal: AbortSignal): Promise<InjectedAll> {
  const target = await site.target();
  const hit = new Set<string>();
  const all = planned.flatMap((one) => targetsOf(one, target, hit).map((victim): readonly [PlannedFault, FaultTarget] => [one, victim]));
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const runs = all.map(([one, victim]) =>
    injectOne(site, one, victim, either).catch((thrown: unknown) => {
      stop.abort(thrown);
      throw thrown;
    }),
  );
  const settled = await Promise.allSettled(runs);
  const injections = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return { injections, ...(stop.signal.aborted && !signal.aborted && { broken: asCodeError(stop.signal.reason).message }) };
}

async function injectOne(site: InjectSite, planned: PlannedFault, target: FaultTarget, signal: AbortSignal): Promise<readonly Injected[]> {
  const { kind, lasts, settings } = planned;
  const fault: Fault = { kind, target, lasts, settings };
  const driver = await driverFor(site, fault);
  await site.clock.sleep(planned.at, signal).catch(() => undefined);
  if (signal.aborted) return [];
  let note: UndoNote | undefined;
  const keep = async (undo: UndoNote): Promise<void> => {
    note = undo;
    await site.journal.write({ note: undo, prover: site.prover, until: site.clock.now() + lasts + seenWithin + spare });
  };
  let running: RunningFault;
  try {
    running = await driver.inject(fault, keep, signal);
  } catch (thrown) {
    // It may have been half done.
    if (note) await takeBack(site, driver, note);
    throw thrown;
  }
  try {
    await untilSeen(site, fault, running, signal);
    await site.clock.sleep(lasts, signal).catch(() => undefined);
  } finally {
    await running.end();
  }
  const injection = await running.end();
  if (note && injection.removalVerifiedAt !== undefined) await site.journal.strike(note.id);
  site.say(`${kind} of ${nameOf(target)} is over after ${formatDuration((injection.undoneAt ?? 0) - injection.injectedAt)}`);
  return [{ fault, injection }];
}

async function takeBack(site: InjectSite, driver: Faults, note: UndoNote): Promise<void> {
  try {
    await driver.undo(note);
  } catch (thrown) {
    // Its note stays: the watchdog tries again when this program is gone, and whoever starts the next trial does.
    site.say(`not undone: ${asCodeError(thrown).message}`);
    return;
  }
  await site.journal.strike(note.id);
}

/** Not seen in time: it goes on to its end all the same, unseen, so that what is said of it is said with the last look. */
async function untilSeen(site: InjectSite, { kind, target }: Fault, running: RunningFault, signal: AbortSignal): Promise<void> {
  const giveUp = site.clock.now() + seenWithin;
  while (!signal.aborted) {
    const { acts, seen } = await running.verify(signal).catch((thrown: unknown) => ({ acts: false, seen: asCodeError(thrown).message }));
    if (acts) {
      site.say(`${kind} of ${nameOf(target)} acts: ${seen}`);
      return;
    }
    if (site.clock.now() > giveUp) {
      site.say(`${kind} of ${nameOf(target)} was not seen to act: ${seen}`);
      return;
    }
    await site.clock.sleep(look, signal).catch(() => undefined);
  }
}

async function driverFor(site: InjectSite, { kind, target }: Fault): Promise<Faults> {
  const because: string[] = [];
  for (const driver of site.drivers) {
    const ability = (await driver.abilities(target.kind)).find((one) => one.kind === kind);
    if (ability?.means !== undefined) return driver;
    if (ability?.because !== undefined) because.push(ability.because);
  }
  throw new CodeError('unsupported', `${kind} of ${nameOf(target)} cannot be done here: ${because.join('; ') || 'no driver knows how'}.`, {
    hint: 'Run "codectl doctor" to see which faults are possible.',
  });
}

/** Without a word about it: the service that the route leads to; for a dependency whom that one needs, if anybody. */
export function serviceOf({ service, kind }: PlannedFault, { route, needs }: ChaosTarget): string {
  const needed = kind === 'dependency' ? needs[route.service]?.[0] : undefined;
  return service ?? needed ?? route.service;
}

/** Errors: `service_unknown`, `instance_unknown`. */
function targetsOf(planned: PlannedFault, target: ChaosTarget, hit: Set<string>): readonly FaultTarget[] {
  const { part, instances } = planned;
  if (part === 'daemon') return target.daemon === undefined ? [] : [{ kind: 'daemon', pid: target.daemon }];
  if (part === 'gateway') return target.gateways.slice(0, instances).map((pid) => ({ kind: 'gateway', pid }));
  const name = serviceOf(planned, target);
  const found = target.services[name];
  if (found === undefined)
    throw new CodeError('service_unknown', `There is no service "${name}" in what is deployed.`, {
      hint: `It has ${Object.keys(target.services).join(', ')}.`,
    });
  if (found.length === 0)
    throw new CodeError('instance_unknown', `No instance of "${name}" runs.`, { hint: 'Run "codectl status" to see why.' });
  // Several faults befall several instances, as far as there are enough.
  const chosen = found.toSorted((a, b) => Number(hit.has(a.id)) - Number(hit.has(b.id))).slice(0, instances);
  for (const { id } of chosen) hit.add(id);
  return chosen;
}

function nameOf(target: FaultTarget): string {
  return target.kind === 'instance' ? target.id : `the ${target.kind}`;
}
