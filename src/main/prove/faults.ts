// Everything that can break things on purpose here, and how what was left broken is put right again.
import { createDockerFaults } from '../../adapters/faults/docker/docker.ts';
import { createProcessFaults } from '../../adapters/faults/process/process.ts';
import { createProxyFaults } from '../../adapters/faults/proxy/proxy.ts';
import { detoursOf } from '../../adapters/traffic/gateway/detours.ts';
import { systemClock } from '../../base/clock.ts';
import type { Finding } from '../../operations/services.ts';
import type { Faults } from '../../ports/faults.ts';
import type { Pending, Undone } from '../../proving/chaos/journal.ts';
import { isAbandoned, replay, UndoJournal } from '../../proving/chaos/journal.ts';
import type { Home } from '../home.ts';
import { dockerEngine } from '../runtimes/docker.ts';
import { loadSettings } from '../settings.ts';

/** `restartDaemon`: for a trial that killed it. */
export function faultDrivers(home: Home, restartDaemon: () => Promise<void>): readonly Faults[] {
  const clock = systemClock;
  return [
    ...dockerFaults(home),
    createProxyFaults({ detours: detoursOf(home.gateway), clock, draw: Math.random }),
    createProcessFaults({ home: home.root, clock, restartDaemon }),
  ];
}

/** Those that can do anything to what a runtime runs, the most thorough first. */
export function driversFor(runtime: string, home: Home, restartDaemon: () => Promise<void>): readonly Faults[] {
  return faultDrivers(home, restartDaemon).flatMap((driver) => {
    if (driver.name === 'docker') return runtime === 'docker' ? [driver] : [];
    // Signals reach processes of this home; a container's are the Engine's.
    if (driver.name === 'process' && runtime !== 'process') return [onEngineOnly(driver)];
    return [driver];
  });
}

function onEngineOnly(driver: Faults): Faults {
  return { ...driver, abilities: async (target) => (target === 'instance' ? [] : driver.abilities(target)) };
}

/** None where the settings name no Docker, or cannot be read. */
function dockerFaults({ root, settings: file }: Home): readonly Faults[] {
  try {
    const settings = loadSettings(file, process.env, {});
    if (!settings.runtimes.includes('docker')) return [];
    return [createDockerFaults({ home: root, clock: systemClock, engine: dockerEngine(settings) })];
  } catch {
    return [];
  }
}

export function journalOf({ faults }: Home): UndoJournal {
  return new UndoJournal(faults);
}

/** What nobody takes back any more; or whatever is chosen. */
export function undoLeft(
  home: Home,
  restartDaemon: () => Promise<void>,
  chosen: (one: Pending) => boolean = (one) => isAbandoned(one, systemClock.now()),
): Promise<readonly Undone[]> {
  const drivers = new Map(faultDrivers(home, restartDaemon).map((driver) => [driver.name, driver]));
  return replay(journalOf(home), drivers, chosen);
}

/** By the daemon that starts: whoever was to restart it did. */
export async function undoAtStart(home: Home, tell: (undone: Undone) => void): Promise<void> {
  for (const one of await undoLeft(home, async () => undefined)) tell(one);
}

/** Which faults are possible here, and why not. */
export async function faultFindings(home: Home): Promise<readonly Finding[]> {
  const drivers = driversFor('process', home, async () => undefined);
  const all = (await Promise.all(drivers.map((driver) => driver.abilities('instance')))).flat();
  const able = all.flatMap(({ kind, means }) => (means === undefined ? [] : [kind]));
  const unable = all.flatMap(({ kind, because }) => (because === undefined || able.includes(kind) ? [] : [`${kind} (${because})`]));
  const message = `possible on processes: ${able.join(', ')}`;
  const left = (await journalOf(home).pending()).filter((one) => isAbandoned(one, systemClock.now()));
  const findings: Finding[] = [
    unable.length === 0
      ? { subject: 'faults', state: 'ok', message }
      : { subject: 'faults', state: 'limited', message: `${message}; not possible: ${unable.join('; ')}` },
  ];
  for (const docker of dockerFaults(home)) findings.push(await dockerFinding(docker));
  if (left.length > 0)
    findings.push({
      subject: 'faults',
      state: 'limited',
      message: `${left.length} of a trial that ended were never undone`,
      hint: 'Run "codectl prove chaos --undo".',
    });
  return findings;
}

async function dockerFinding(docker: Faults): Promise<Finding> {
  const all = await docker.abilities('instance');
  const subject = 'faults of containers';
  if (all.length === 0) return { subject, state: 'limited', message: 'the Docker Engine does not answer' };
  const told = all.map(({ kind, means, because }) => `${kind} (${means ?? `not: ${because}`})`).join(', ');
  return {
    subject,
    state: all.every(({ means }) => means !== undefined) ? 'ok' : 'limited',
    message: `${told}, latency and loss by a proxy`,
  };
}
