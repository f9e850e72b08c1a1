// Checks before a release counts as live: what is marked where they are left out, and what a plan says of them before somebody agrees.
import type { Duration } from '../base/units.ts';
import { formatDuration } from '../base/units.ts';
import { endsByItself } from '../model/completion.ts';
import type { ServiceChange } from '../model/plan.ts';

/** Marks what is new: its instances are taken for ready as soon as they run, and nothing is watched afterwards. */
export function withoutChecks(changes: readonly ServiceChange[]): readonly ServiceChange[] {
  return changes.map((one) =>
    one.to && (one.kind === 'create' || one.kind === 'replace') ? { ...one, to: { ...one.to, unchecked: true } } : one,
  );
}

export function checkWarnings(changes: readonly ServiceChange[]): readonly string[] {
  return changes.flatMap((one) => [...uncheckedWarning(one), ...downtimeWarning(one), ...idleNote(one)]);
}

function uncheckedWarning({ service, to, kind }: ServiceChange): readonly string[] {
  if (!to?.unchecked || kind === 'keep') return [];
  return [`${service} goes live without checks: it gets traffic as soon as it runs, and is not watched afterwards`];
}

/** Somebody who asked for none wonders why one runs. */
function idleNote({ service, from, to }: ServiceChange): readonly string[] {
  if (to?.replicas !== 0 || to.unchecked || to.release === from?.release || endsByItself(to.spec)) return [];
  return [`${service} has no instance at the moment: one of the new release is started, has to become ready, and goes again`];
}

/** Nobody would know when the new instances can take over: the old ones go first. */
function downtimeWarning({ service, from, to }: ServiceChange): readonly string[] {
  if (!from || !to?.spec.probe.none || from.replicas === 0) return [];
  if (from.release === to.release && from.generation === to.generation) return [];
  return [
    `${service} has no checks (probe: none): the old instances stop before the new ones start, and nobody answers for up to ${formatDuration(longest(from.spec.stop))} and the time that the new ones take`,
  ];
}

function longest({ drain, grace }: { readonly drain: Duration; readonly grace: Duration }): Duration {
  return drain + grace;
}
