// Names of instances: service, release and four random characters, so that a log line tells whose it is.
import type { RandomText } from '../../base/ids.ts';
import type { ReplicaSet } from '../../model/instance.ts';

export function startId(set: ReplicaSet, random: RandomText): string {
  const release = set.release.id.split('@')[1] ?? '';
  return `${set.release.service}-${release.slice(0, 6)}-${random(5)}`;
}
