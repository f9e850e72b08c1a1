// What happens to a simulated engine: a list of actions at moments, that can be written down and shortened.
import type { HookPhase, ScheduleSpec } from '../../../src/model/completion.ts';

export type Action =
  | {
      readonly kind: 'deploy';
      readonly code: string;
      readonly replicas: Readonly<Record<string, number>>;
      /** By service; rolling where nothing is said. */
      readonly courses?: Readonly<Record<string, CourseName>>;
      /** Release commands by service. */
      readonly commands?: Readonly<Record<string, CommandName>>;
      /** One more service, which runs once and ends. */
      readonly job?: CommandName;
      /** Hooks by service. */
      readonly hooks?: Readonly<Record<string, HookNames>>;
      /** One more service, which runs at the times of a schedule. */
      readonly cron?: CronWords;
    }
  | { readonly kind: 'scale'; readonly service: string; readonly replicas: number }
  /** The scaler decides about a size; services scale in histories that have one of these. */
  | { readonly kind: 'autoscale'; readonly service: string; readonly replicas: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'promote'; readonly full: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'kill'; readonly nth: number }
  /** The engine dies at its `after`-th effect from now on, and is started again, at once or when it was `away` for so long. */
  | { readonly kind: 'crash'; readonly after: number; readonly away?: number }
  /** The nth routed instance gets or loses a request in flight. */
  | { readonly kind: 'request'; readonly nth: number; readonly lasts: number }
  /** So many requests come every second from now on, to each service that has a port. */
  | { readonly kind: 'crowd'; readonly rate: number }
  /** The gateway is started again: its table stays, its counters begin anew. */
  | { readonly kind: 'recount' }
  | Meddling
  | Weather;

/** What somebody changes behind the engine's back. */
export type Meddling =
  /** The gateway is told an empty table. */
  | { readonly kind: 'table' }
  /** One more instance, with our mark, of what the nth living one is. */
  | { readonly kind: 'stray'; readonly nth: number }
  /** The snapshot of the nth live service, and with it, or not, what it could be mended from. */
  | { readonly kind: 'damage'; readonly nth: number; readonly mendable: boolean };

export type CourseName = 'canary' | 'asked' | 'dynamic' | 'blue-green' | 'preview' | JudgedName;
/** Courses that a verdict decides about. */
export type JudgedName = 'judged' | 'patient' | 'background' | 'gauged' | 'watched';

/** What a command does is in its name, so that a shortened script still means the same. */
export type CommandName = 'quick' | 'long' | 'lasting' | 'broken' | 'hangs' | 'deaf' | 'nostart';

/** How somebody who is told by a webhook answers. */
export type ListenerName = 'fine' | 'late' | 'busy' | 'forgetful' | 'refuses' | 'hangs';
export type HookName = `tell ${ListenerName}` | `run ${CommandName}`;
export type HookNames = Readonly<Partial<Record<HookPhase, readonly HookName[]>>>;

export interface CronWords extends Pick<ScheduleSpec, 'overlap' | 'missed'> {
  readonly command: CommandName;
  /** Five fields, of which the simulation knows the first two: a number, `*`, or every so many. */
  readonly every: string;
  readonly zone: string;
}

/** What the engine's neighbours do to it. */
export type Weather =
  /** The next commits are refused. */
  | { readonly kind: 'store'; readonly commits: number }
  /** The gateway does not answer; what it is told meanwhile it may have heard all the same. */
  | { readonly kind: 'gateway'; readonly lasts: number; readonly hears: boolean }
  /** Answers about instances arrive up to `most` late, and tell what was true when they were asked. */
  | { readonly kind: 'slow'; readonly lasts: number; readonly most: number }
  /** Answers about instances are those of the time before. */
  | { readonly kind: 'stale'; readonly lasts: number }
  /** Systems that know other metrics say that they cannot tell, or nothing at all. */
  | { readonly kind: 'sources'; readonly lasts: number; readonly how: 'fail' | 'hang' };

const weathers: ReadonlySet<string> = new Set<Weather['kind']>(['store', 'gateway', 'slow', 'stale', 'sources']);

export function isWeather(action: Action): action is Weather {
  return weathers.has(action.kind);
}

export function isMeddling(action: Action): action is Meddling {
  return action.kind === 'table' || action.kind === 'stray' || action.kind === 'damage';
}

export interface Moment {
  /** Milliseconds after the moment before. */
  readonly after: number;
  /** Sooner: at the very moment at which the deployment that runs has ended. */
  readonly prompt?: true;
  readonly action: Action;
}

/** The `max` of services that scale. */
export const mostScaled = 6;
