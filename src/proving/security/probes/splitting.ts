// Line ends in what a client says: they must not become fields of the answer.
import type { Ground } from '../ground.ts';
import { apart } from '../injections.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged } from '../probe.ts';
import { evidenceOf } from '../seen.ts';
import { beneath } from './paths.ts';

export const splitting: readonly Probe[] = [
  {
    id: 'splitting.fields',
    title: 'Line ends in what a client says make no fields in answers',
    severity: 'high',
    cwe: 113,
    remediation: 'Refuse CR and LF in whatever becomes a field of an answer.',
    run: split,
  },
];

async function split(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  const field = `x-${ground.token()}`;
  for (const injection of ground.injections)
    for (const end of ['\r\n', '\n', '\r', '嘊嘍']) {
      const value = `1${end}${field}: y${end}`;
      const seen = await injection.send(() => value);
      if (seen.field(field) === undefined) continue;
      const narrow = injection.names.length > 1 ? apart(injection) : [injection];
      for (const one of narrow) {
        const again = await one.send(() => value);
        if (again.field(field) !== undefined) found.push(evidenceOf(again, `${field}: y`, `${one.names[0]} made a field of the answer`));
      }
    }
  for (const mount of ground.site.mounts) {
    const seen = await ground.ask({ path: beneath(mount, `%0d%0a${field}:%20y`) });
    if (seen.field(field) !== undefined) found.push(evidenceOf(seen, `${field}: y`, 'the path made a field of the answer'));
  }
  return judged(found);
}
