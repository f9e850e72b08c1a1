// What happens to a simulated engine: a list of actions at moments, that can be written down and shortened.
export type Action =
  | {
      readonly kind: 'deploy';
      readonly code: string;
      readonly replicas: Readonly<Record<string, number>>;
      /** By service; rolling where nothing is said. */
      readonly courses?: Readonly<Record<string, CourseName>>;
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
  /** The engine dies at its `after`-th effect from now on, and is started again. */
  | { readonly kind: 'crash'; readonly after: number }
  /** The nth routed instance gets or loses a request in flight. */
  | { readonly kind: 'request'; readonly nth: number; readonly lasts: number }
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

export type CourseName = 'canary' | 'asked' | 'dynamic' | 'blue-green' | 'preview';

/** What the engine's neighbours do to it. */
export type Weather =
  /** The next commits are refused. */
  | { readonly kind: 'store'; readonly commits: number }
  /** The gateway does not answer; what it is told meanwhile it may have heard all the same. */
  | { readonly kind: 'gateway'; readonly lasts: number; readonly hears: boolean }
  /** Answers about instances arrive up to `most` late, and tell what was true when they were asked. */
  | { readonly kind: 'slow'; readonly lasts: number; readonly most: number }
  /** Answers about instances are those of the time before. */
  | { readonly kind: 'stale'; readonly lasts: number };

export function isWeather(action: Action): action is Weather {
  return action.kind === 'store' || action.kind === 'gateway' || action.kind === 'slow' || action.kind === 'stale';
}

export function isMeddling(action: Action): action is Meddling {
  return action.kind === 'table' || action.kind === 'stray' || action.kind === 'damage';
}

export interface Moment {
  /** Milliseconds after the moment before. */
  readonly after: number;
  readonly action: Action;
}

/** The `max` of services that scale. */
export const mostScaled = 6;
