// Names of services: a Swarm takes at most 63 characters.
import { digestOf, shortDigest } from '../../../../base/digest.ts';
import { containerName } from '../names.ts';

const longest = 63;

export function serviceName(home: string, instance: string): string {
  const name = containerName(home, instance);
  return name.length <= longest ? name : containerName(home, shortDigest(digestOf(instance), 32));
}
