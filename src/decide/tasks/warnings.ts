// What a plan must say of new releases: what their commands did stays done, and which come together.
import type { ServiceChange } from '../../model/plan.ts';
import { sharedDirectoryWarnings } from '../foresee.ts';

/** For plans that bring a new release. */
export function releaseWarnings(changes: readonly ServiceChange[]): readonly string[] {
  return [...commandWarnings(changes), ...sharedDirectoryWarnings(changes)];
}

function commandWarnings(changes: readonly ServiceChange[]): readonly string[] {
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
