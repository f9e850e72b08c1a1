// What has become of instances: one question to the Engine for all of them, more only about those that ended.
import { constants } from 'node:os';
import { CodeError, hasCode, isFinal } from '../../../base/errors.ts';
import type { ExitReason } from '../../../model/instance.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { EngineRefusal, refusedWith } from './client.ts';
import { containerName, label, ours, recordFrom } from './names.ts';
import type { Container, ListedContainer } from './shapes.ts';
import { container, containers } from './shapes.ts';
import type { Site, Start } from './site.ts';

/** Errors: `runtime_unavailable` – an Engine that cannot be asked says nothing of instances, least of all that they ended. */
export async function inspectAll(site: Site, records: readonly InstanceRecord[], signal: AbortSignal): Promise<readonly InstanceRecord[]> {
  if (records.length === 0) return [];
  const listed = await listOurs(site, signal);
  const byId = new Map(listed.map((one) => [one.Labels?.[label.instance], one]));
  return Promise.all(records.map((record) => inspectOne(site, record, byId.get(record.id), signal)));
}

export function listOurs(site: Site, signal: AbortSignal, more: Readonly<Record<string, readonly string[]>> = {}) {
  const query = { all: true, filters: ours(site.homeId, more) };
  return site.engine.json(containers, { method: 'GET', path: '/containers/json', query }, signal);
}

async function inspectOne(
  site: Site,
  record: InstanceRecord,
  listed: ListedContainer | undefined,
  signal: AbortSignal,
): Promise<InstanceRecord> {
  if (record.state === 'exited') return record;
  const begun = site.starts.get(record.id);
  if (begun && (record.state === 'starting' || !begun.running)) return ofStart(site, record, begun);
  if (listed?.State === 'running' || listed?.State === 'paused')
    return record.state === 'starting' ? await seen(site, record, signal) : record;
  // Nobody starts it any more: an earlier life did, and ended before there was a container.
  if (record.state === 'starting')
    return exited(record, { because: 'the engine was restarted before it was started', requested: true, at: site.clock.now() });
  return exited(record, await endingOf(site, record, signal));
}

/** What has become of a start of this life. */
function ofStart(site: Site, record: InstanceRecord, { failure, running, abort }: Start): InstanceRecord {
  return failure ? exited(record, neverBegan(failure, abort.signal.aborted, site.clock.now())) : (running ?? record);
}

/** The end of one whose start has failed. */
export function neverBegan(failure: CodeError, requested: boolean, at: number): ExitReason {
  return { because: failure.message, requested, at, ...(isFinal(failure) && { final: true }) };
}

async function seen(site: Site, record: InstanceRecord, signal: AbortSignal): Promise<InstanceRecord> {
  const found = await lookAt(site, record.id, signal);
  return found ? { ...record, state: 'running', address: addressOf(site, found, portOf(record)), pid: found.State.Pid } : record;
}

function portOf({ handle }: InstanceRecord): number | undefined {
  return typeof handle['port'] === 'number' ? handle['port'] : undefined;
}

/** The container of an instance; undefined when there is none. Errors: `write_conflict` when it is somebody else's. */
export async function lookAt(site: Site, id: string, signal: AbortSignal): Promise<Container | undefined> {
  const name = containerName(site.homeId, id);
  try {
    const found = await site.engine.json(container, { method: 'GET', path: `/containers/${name}/json` }, signal);
    const labels = found.Config.Labels ?? {};
    if (labels[label.home] === site.homeId && labels[label.instance] === id) return found;
  } catch (thrown) {
    if (refusedWith(thrown, 404)) return undefined;
    throw thrown;
  }
  throw notOurs(name);
}

/** Of whatever origin, by the Engine's number for it; undefined when it is not this Engine's. */
export async function lookById(site: Site, number: string, signal: AbortSignal): Promise<Container | undefined> {
  try {
    return await site.engine.json(container, { method: 'GET', path: `/containers/${number}/json` }, signal);
  } catch (thrown) {
    if (refusedWith(thrown, 404)) return undefined;
    throw thrown;
  }
}

export function notOurs(name: string, cause?: unknown): CodeError {
  return new CodeError('write_conflict', `A container named ${name} is there already, and it is not ours.`, {
    hint: `Rename it (docker rename ${name} OTHER) or remove it; codectl leaves it alone.`,
    cause,
  });
}

/** Where it takes requests: at its own address, or at the port of the Engine's machine that leads there. */
export function addressOf(site: Site, found: Container, port: number | undefined): InstanceRecord['address'] {
  if (port === undefined) return undefined;
  if (site.reach === 'published') {
    const [binding] = found.NetworkSettings.Ports?.[`${port}/tcp`] ?? [];
    return binding === undefined ? undefined : { host: site.engine.host, port: Number(binding.HostPort) };
  }
  const [network] = Object.values(found.NetworkSettings.Networks ?? {});
  return network?.IPAddress ? { host: network.IPAddress, port } : undefined;
}

export function exited(record: InstanceRecord, exit: ExitReason): InstanceRecord {
  return { ...record, state: 'exited', ready: false, exit };
}

/** Its end is what somebody wants. */
export function isRequested({ state }: InstanceRecord): boolean {
  return state === 'stopping' || state === 'draining';
}

async function endingOf(site: Site, record: InstanceRecord, signal: AbortSignal): Promise<ExitReason> {
  const requested = isRequested(record);
  const found = await lookAt(site, record.id, signal);
  if (!found) return { requested, at: site.clock.now() };
  return { ...exitOf(found, site.clock.now()), requested };
}

/** How a container ended, in the engine's words. */
export function exitOf({ State }: Pick<Container, 'State'>, now: number): Omit<ExitReason, 'requested'> {
  const { ExitCode, OOMKilled, FinishedAt, Error: problem } = State;
  const at = Date.parse(FinishedAt);
  return {
    ...endOf(ExitCode),
    // The Engine says so, too, when only a child was killed for its memory and the rest ended well.
    ...(OOMKilled && ExitCode !== 0 ? { outOfMemory: true } : {}),
    ...(problem ? { because: problem } : {}),
    at: at > 0 ? at : now,
  };
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** An end by signal n is told as 128 + n; a program may exit with such a number as well, so both are said. */
export function endOf(code: number): Pick<ExitReason, 'code' | 'signal'> {
  const signal = code > 128 ? signalNames.get(code - 128) : undefined;
  return signal === undefined ? { code } : { code, signal };
}

/** Running containers of this home that nobody has a record of. An Engine that cannot be asked, or does not answer, has none to show. */
export async function straysOf(site: Site, known: ReadonlySet<string>, signal: AbortSignal): Promise<readonly InstanceRecord[]> {
  let listed: readonly ListedContainer[];
  try {
    listed = await listOurs(site, signal);
  } catch (thrown) {
    if (thrown instanceof EngineRefusal || hasCode(thrown, 'runtime_unavailable')) return [];
    throw thrown;
  }
  return listed.flatMap(({ Labels, Created }) => {
    const labels = Labels ?? {};
    const id = labels[label.instance];
    if (id === undefined || known.has(id) || site.starts.has(id)) return [];
    return [recordFrom(labels, Created * 1000, { container: containerName(site.homeId, id) })];
  });
}
