// Everything that can break things on purpose here, and how what was left broken is put right again.
import { createProcessFaults } from '../../adapters/faults/process/process.ts';
import { createProxyFaults } from '../../adapters/faults/proxy/proxy.ts';
import { detoursOf } from '../../adapters/traffic/gateway/detours.ts';
import { systemClock } from '../../base/clock.ts';
import type { Finding } from '../../operations/services.ts';
import type { Faults } from '../../ports/faults.ts';
import type { Pending, Undone } from '../../proving/chaos/journal.ts';
import { isAbandoned, replay, UndoJournal } from '../../proving/chaos/journal.ts';
import type { Home } from '../home.ts';

/** `restartDaemon`: for a trial that killed it. */
export function faultDrivers(home: Home, restartDaemon: () => Promise<void>): readonly Faults[] {
  const clock = systemClock;
  return [
    createProxyFaults({ detours: detoursOf(home.gateway), clock, draw: Math.random }),
    createProcessFaults({ home: home.root, clock, restartDaemon }),
  ];
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
  const drivers = faultDrivers(home, async () => undefined);
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
  if (left.length > 0)
    findings.push({
      subject: 'faults',
      state: 'limited',
      message: `${left.length} of a trial that ended were never undone`,
      hint: 'Run "codectl prove chaos --undo".',
    });
  return findings;
}
