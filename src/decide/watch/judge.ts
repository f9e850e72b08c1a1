// What was seen of one instance beside what its manifest lets one expect.
import type { Scope } from '../../model/instance.ts';
import type { Blindness, FindingKind, RunningProgram, Seen, Sighting, WatchFinding } from '../../model/watch/watch.ts';
import type { ResolvedRule } from './egress.ts';
import { egressVerdict } from './egress.ts';

/** Of an instance, by its manifest and by what the engine gave it. */
export interface Expected {
  readonly scope: Scope;
  readonly service: string;
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly ports: readonly number[];
  /** Absent: any may be started. */
  readonly programs?: readonly string[];
  /** Absent: nothing is expected of connections. */
  readonly egress?: readonly ResolvedRule[];
  /** How many processes had been killed for their memory at the look before; absent: at the first look. */
  readonly memoryKills?: number;
}

export interface Judgement {
  readonly findings: readonly WatchFinding[];
  /** Kinds that could have been found. */
  readonly measured: ReadonlySet<FindingKind>;
  readonly blind: readonly Blindness[];
}

interface Part {
  readonly kinds: readonly FindingKind[];
  readonly what: string;
  readonly findings: Seen<readonly WatchFinding[]>;
}

export function judge(sighting: Sighting, expected: Expected): Judgement {
  const parts: readonly Part[] = [
    { kinds: ['unexpected_port'], what: 'listening ports', findings: map(sighting.listening, (all) => strangePorts(all, expected)) },
    {
      kinds: ['unexpected_program', 'new_program', 'replaced_program'],
      what: 'programs',
      findings: map(sighting.programs, (all) => all.flatMap((one) => strangeProgram(one, expected))),
    },
    { kinds: ['out_of_memory'], what: 'kills for memory', findings: map(sighting.memoryKills, (count) => killed(count, expected)) },
    ...connections(sighting, expected),
    ...commands(sighting, expected),
  ];
  const { scope, service } = expected;
  return {
    findings: parts.flatMap(({ findings }) => ('seen' in findings ? findings.seen : [])),
    measured: new Set(parts.flatMap(({ kinds, findings }) => ('seen' in findings ? kinds : []))),
    blind: parts.flatMap(({ what, findings }) => ('seen' in findings ? [] : [{ scope, service, what, because: findings.notMeasured }])),
  };
}

function strangePorts(all: readonly { readonly host: string; readonly port: number }[], expected: Expected): readonly WatchFinding[] {
  return all
    .filter(({ port }) => !expected.ports.includes(port))
    .map(({ host, port }) =>
      found('unexpected_port', expected, String(port), `listens on port ${port} (${host}), which its manifest does not name`),
    );
}

function strangeProgram(one: RunningProgram, expected: Expected): readonly WatchFinding[] {
  const { path, main, released, deleted, writtenAt } = one;
  if (released) return [];
  // What was there before it is no news; what was written while it runs is not of its release.
  if (writtenAt !== undefined && writtenAt > expected.startedAt && !main)
    return [found('new_program', expected, path, `runs ${path}, which was written after it was started`)];
  if (deleted && !main) return [found('new_program', expected, path, `runs ${path}, whose file was deleted`)];
  if (deleted) return [found('replaced_program', expected, path, `runs ${path}, whose file was replaced or deleted since`)];
  const { programs } = expected;
  if (main || programs === undefined || programs.some((name) => name === path || name === path.split('/').at(-1))) return [];
  return [found('unexpected_program', expected, path, `runs ${path}, which watch.programs does not name`)];
}

function killed(count: number, expected: Expected): readonly WatchFinding[] {
  const news = count - (expected.memoryKills ?? 0);
  if (news <= 0) return [];
  return [
    found('out_of_memory', expected, 'memory', `used up its memory: the kernel killed ${news === 1 ? 'a process' : `${news} processes`}`),
  ];
}

function connections({ outbound }: Sighting, expected: Expected): readonly Part[] {
  const { egress } = expected;
  if (outbound === undefined || egress === undefined) return [];
  const what = 'connections';
  if ('notMeasured' in outbound) return [{ kinds: ['unexpected_connection'], what, findings: outbound }];
  const judged = outbound.seen.map((one) => ({ one, verdict: egressVerdict(egress, one) }));
  const findings = judged.flatMap(({ one: { host, port }, verdict }) => {
    const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    return verdict === 'unexpected'
      ? [found('unexpected_connection', expected, place, `connects to ${place}, which egress does not name`)]
      : [];
  });
  const names = egress.filter(({ addresses, bits }) => addresses === undefined && bits === undefined).map(({ to }) => to);
  const unknown: readonly Part[] = judged.some(({ verdict }) => verdict === 'unknown')
    ? [{ kinds: [], what, findings: { notMeasured: `${names.join(', ')} cannot be looked up` } }]
    : [];
  return [{ kinds: ['unexpected_connection'], what, findings: { seen: findings } }, ...unknown];
}

function commands({ commands: given }: Sighting, expected: Expected): readonly Part[] {
  if (given === undefined) return [];
  const findings = map(given, (all) =>
    all.map(({ program }) => found('foreign_command', expected, program, `was made to run ${program} by somebody else than codectl`)),
  );
  return [{ kinds: ['foreign_command'], what: 'commands in the container', findings }];
}

function found(kind: FindingKind, { scope, service, instance }: Expected, what: string, does: string): WatchFinding {
  return { kind, scope, service, instance, what, message: `${instance} ${does}` };
}

function map<A, B>(seen: Seen<A>, of: (one: A) => B): Seen<B> {
  return 'seen' in seen ? { seen: of(seen.seen) } : seen;
}
