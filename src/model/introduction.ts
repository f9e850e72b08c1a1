// What every instance is told of itself in its environment, whatever runs it.
import type { ReplicaSet } from './instance.ts';

export function introductionOf({ id, scope, release, generation }: ReplicaSet): Readonly<Record<string, string>> {
  return {
    CODE_APPLICATION: scope.application,
    CODE_ENVIRONMENT: scope.environment,
    CODE_SERVICE: release.service,
    CODE_RELEASE: release.id,
    CODE_REPLICA_SET: id,
    CODE_GENERATION: String(generation),
  };
}
