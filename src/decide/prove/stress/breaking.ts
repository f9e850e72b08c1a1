// The search for the rate at which it breaks: a stair upwards from the knee until less comes out, or what waits only grows.

export interface BreakingSettings {
  /** 100 %. */
  readonly knee: number;
  /** Each step adds this share of the knee; the stair ends at `most` of it. */
  readonly rise: number;
  readonly most: number;
  /** Good answers below this share of the most that were seen: broken. */
  readonly falls: number;
}

export const breakingSettings: Omit<BreakingSettings, 'knee'> = { rise: 0.1, most: 2.5, falls: 0.9 };

export interface BreakingOutcome {
  readonly measured: boolean;
  /** Good answers a second. */
  readonly goodput: number;
  /** What waits for an answer grows for sure. */
  readonly growing: boolean;
  /** A limit was reached: of errors, of memory, …: stopping here is what the stair is for. */
  readonly stopped?: string;
}

export interface BreakingState {
  readonly settings: BreakingSettings;
  readonly share: number;
  readonly goodput: number;
  readonly held?: number;
  /** The step before could not be measured, and is tried once more. */
  readonly doubted?: true;
  readonly end?: BreakingEnd;
}

export type BreakingEnd =
  /** `held` absent: it broke at the knee itself. */
  | { readonly kind: 'found'; readonly held?: number; readonly broke: number; readonly because: string }
  | { readonly kind: 'above'; readonly atLeast?: number; readonly because: string };

export function beginBreaking(settings: BreakingSettings): BreakingState {
  return { settings, share: 1, goodput: 0 };
}

/** Requests a second. */
export function rateOf({ settings, share }: BreakingState): number {
  return Number((settings.knee * share).toPrecision(3));
}

export function stepBreaking({ doubted, ...state }: BreakingState, outcome: BreakingOutcome): BreakingState {
  if (state.end) return state;
  const rate = rateOf(state);
  const { settings } = state;
  if (outcome.stopped !== undefined) return ended(state, broken(state, outcome.stopped));
  if (!outcome.measured && doubted === undefined) return { ...state, doubted: true };
  if (!outcome.measured) return ended(state, above(state, `the generator could not send ${rate} requests a second on schedule`));
  const most = Math.max(state.goodput, outcome.goodput);
  if (outcome.goodput < settings.falls * most)
    return ended(state, broken(state, `good answers fell to ${Math.round(outcome.goodput)} a second from ${Math.round(most)}`));
  if (outcome.growing) return ended(state, broken(state, 'what waits for an answer only grows'));
  const share = Number((state.share + settings.rise).toFixed(6));
  const next = { ...state, share, goodput: most, held: rate };
  return share > settings.most + 1e-9
    ? ended(next, above(next, `${rate} requests a second are ${formatTimes(settings.most)} the knee`))
    : next;
}

const ended = (state: BreakingState, end: BreakingEnd): BreakingState => ({ ...state, end });

function broken(state: BreakingState, because: string): BreakingEnd {
  return { kind: 'found', ...(state.held !== undefined && { held: state.held }), broke: rateOf(state), because };
}

function above(state: BreakingState, because: string): BreakingEnd {
  return { kind: 'above', ...(state.held !== undefined && { atLeast: state.held }), because };
}

const formatTimes = (share: number) => `${share} times`;
