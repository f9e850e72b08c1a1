// Ways out of the directory that a program serves, to a file of ours and to one that every machine has.
import type { ProbeEvidence } from '../../../model/proving/probe.ts';
import type { Ground, Injection } from '../ground.ts';
import { apart } from '../injections.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged } from '../probe.ts';
import type { Seen } from '../seen.ts';
import { evidenceOf, pieceAround } from '../seen.ts';
import { beneath } from './paths.ts';

const everywhere = /^root:[^:\n]{0,100}:0:0:/m;
const remediation = 'Resolve the path, then check that it lies beneath the directory that is served; better, look names up in a list.';

/** Written as a browser would not: raw, encoded once and twice, with backslashes, with dots that a filter leaves behind. */
const steps = [
  '../',
  '..%2f',
  '%2e%2e%2f',
  '%2e%2e/',
  '..%252f',
  '%252e%252e%252f',
  '..\\',
  '..%5c',
  '..%255c',
  '....//',
  '..;/',
  '..%c0%af',
];

export const traversal: readonly Probe[] = [
  {
    id: 'traversal.path',
    title: 'Paths do not lead out of what is served',
    severity: 'critical',
    cwe: 22,
    remediation,
    run: async (ground) => {
      const { found } = ground;
      const bases = new Set([...ground.site.mounts, ...ground.pages.map(({ path }) => (path.split('?')[0] ?? '').replace(/[^/]*$/, ''))]);
      for (const base of [...bases].filter((one) => one !== '').slice(0, 8))
        for (const step of steps)
          for (const file of [ground.canary.path, '/etc/passwd']) {
            const seen = await ground.ask({ path: beneath(base, `${step.repeat(12)}${file.slice(1)}`) });
            found.push(...leakedIn(seen, ground));
          }
      return judged(found);
    },
  },
  {
    id: 'traversal.parameter',
    title: 'Parameters do not name files outside of what is served',
    severity: 'critical',
    cwe: 22,
    remediation,
    run: parameters,
  },
];

async function parameters(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  for (const injection of ground.injections.filter((one) => one.inPath !== true))
    for (const value of valuesOf(ground)) {
      const seen = await injection.send(() => value);
      if (leakedIn(seen, ground).length > 0) found.push(...(await narrowed(injection, value, ground)));
    }
  return judged(found);
}

/** The same through one name alone tells which it is; if it takes several, the whole is the evidence. */
async function narrowed(injection: Injection, value: string, ground: Ground): Promise<readonly ProbeEvidence[]> {
  if (injection.names.length > 1)
    for (const one of apart(injection)) {
      const leaked = leakedIn(await one.send(() => value), ground);
      if (leaked.length > 0) return leaked;
    }
  return leakedIn(await injection.send(() => value), ground);
}

function valuesOf({ canary }: Ground): readonly string[] {
  const up = '../'.repeat(12);
  return [
    canary.path,
    '/etc/passwd',
    `${up}etc/passwd`,
    `${up}${canary.path.slice(1)}`,
    `${up}etc/passwd\0.png`,
    `file://${canary.path}`,
    `${'....//'.repeat(12)}etc/passwd`,
  ];
}

function leakedIn(seen: Seen, { canary, pages }: Ground): readonly ProbeEvidence[] {
  if (seen.body.includes(canary.text)) return [evidenceOf(seen, canary.text, 'a file of ours outside the application came back')];
  // A page about such files shows them always.
  if (!everywhere.test(seen.body) || pages.some(({ body }) => everywhere.test(body))) return [];
  return [evidenceOf(seen, pieceAround(seen.body, everywhere).slice(0, 20), "the machine's list of users came back")];
}
