// Runtime watch: what an instance was seen doing, what its manifest lets one expect, and what did not fit.
import type { Scope } from '../instance.ts';

/** What could not be seen is told with the reason; it is never taken for "nothing there". */
export type Seen<T> = { readonly seen: T } | { readonly notMeasured: string };

/** A TCP socket that waits for connections. */
export interface Listening {
  readonly host: string;
  readonly port: number;
}

/** A TCP connection that an instance opened. */
export interface Outbound {
  readonly host: string;
  readonly port: number;
}

/** A program that runs inside an instance. */
export interface RunningProgram {
  /** As the kernel has it, in the instance's own file system. */
  readonly path: string;
  /** What the instance was started as. */
  readonly main: boolean;
  /** Its file is part of the release, which the engine keeps and checks by itself. */
  readonly released: boolean;
  /** Its file is gone, or was replaced. */
  readonly deleted: boolean;
  /** When its file was made or last written, whichever is later; milliseconds since the epoch, absent where nobody knows. */
  readonly writtenAt?: number;
}

/** A command that somebody had an Engine run in a container, past the engine. */
export interface ForeignCommand {
  readonly program: string;
  readonly at: number;
}

export interface Sighting {
  readonly listening: Seen<readonly Listening[]>;
  /** Absent: it was not asked for. */
  readonly outbound?: Seen<readonly Outbound[]>;
  readonly programs: Seen<readonly RunningProgram[]>;
  /** How many processes the kernel has killed because the instance's memory was used up. */
  readonly memoryKills: Seen<number>;
  /** Absent: there is no other way in. */
  readonly commands?: Seen<readonly ForeignCommand[]>;
}

export const findingKinds = [
  'unexpected_port',
  'unexpected_connection',
  'unexpected_program',
  'new_program',
  'replaced_program',
  'foreign_command',
  'out_of_memory',
  'restart_storm',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** The gravest last. */
export const watchSeverities = ['notice', 'warning', 'critical'] as const;
export type Severity = (typeof watchSeverities)[number];

export const severityOf: Readonly<Record<FindingKind, Severity>> = {
  unexpected_port: 'warning',
  unexpected_connection: 'critical',
  unexpected_program: 'warning',
  new_program: 'critical',
  replaced_program: 'notice',
  foreign_command: 'warning',
  out_of_memory: 'warning',
  restart_storm: 'critical',
};

/** Something that does not fit. The same thing seen again is the same finding. */
export interface WatchFinding {
  readonly kind: FindingKind;
  readonly scope: Scope;
  readonly service: string;
  /** Absent: it is about the service. */
  readonly instance?: string;
  /** What it is about: a port, an address, a path. */
  readonly what: string;
  /** A sentence without its end. */
  readonly message: string;
}

/** One that stands. */
export interface OpenFinding extends WatchFinding {
  readonly since: number;
  /** Looks in a row that could have seen it and did not. */
  readonly missed: number;
}

/** What nobody could see, and why. */
export interface Blindness {
  readonly scope: Scope;
  readonly service: string;
  readonly what: string;
  readonly because: string;
}

export interface WatchReport {
  readonly findings: readonly OpenFinding[];
  readonly notMeasured: readonly Blindness[];
  /** How many findings there were since the engine was started. */
  readonly told: readonly (Pick<WatchFinding, 'kind' | 'scope' | 'service'> & { readonly count: number })[];
}

/** By which the same finding is known again. */
export function findingKey({ kind, scope, service, instance = '', what }: WatchFinding): string {
  return [kind, scope.application, scope.environment, service, instance, what].join(' ');
}
