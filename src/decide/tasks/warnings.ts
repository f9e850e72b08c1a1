// What a plan must say of release commands: what they did stays done.
import type { ServiceChange } from '../../model/plan.ts';

/** For plans that bring a new release. */
export function releaseWarnings(changes: readonly ServiceChange[]): readonly string[] {
  return changes.flatMap(({ service, kind, to }) => {
    const { release } = to?.spec ?? {};
    if (!release || release.reversible || (kind !== 'create' && kind !== 'replace')) return [];
    return [
      `services.${service}.release runs ${JSON.stringify(release.command.join(' '))} and is not reversible: a rollback will not undo it`,
    ];
  });
}

/** For plans that go back. */
export function rollbackWarnings(changes: readonly ServiceChange[]): readonly string[] {
  return changes.flatMap(({ service, kind, from }) => {
    const { release } = from?.spec ?? {};
    if (!release || release.reversible || kind !== 'replace') return [];
    return [`what the release command of ${from?.release ?? service} did is not undone`];
  });
}
