// The search for the highest rate that holds: a stair up to the first that does not, halves in between, and a longer look at what is left.

export interface KneeSettings {
  /** Requests a second of the first step, and where the search gives up on either side. */
  readonly start: number;
  readonly least: number;
  readonly most: number;
  /** Each step of the stair is so many times the one before. */
  readonly factor: number;
  /** The bracket is narrow enough when its ends are this far apart, as a share. */
  readonly precision: number;
  /** How often the rate that is left is looked at again, for longer. */
  readonly confirmations: number;
}

export const kneeSettings: KneeSettings = { start: 50, least: 2, most: 20_000, factor: 1.3, precision: 0.05, confirmations: 2 };

/** `not_measured`: the generator could not keep the rate, or too few requests fell into the step: nothing is known about it. */
export type StepWord = 'holds' | 'fails' | 'not_measured';

export interface StepJudgement {
  readonly word: StepWord;
  /** Why it did not hold, or was not measured. */
  readonly because?: string;
}

export interface KneeState {
  readonly settings: KneeSettings;
  /** Rates that held and were not seen to fail since, ascending. */
  readonly held: readonly number[];
  /** The lowest that failed. */
  readonly failed?: number;
  /** The lowest that could not be measured, and why. */
  readonly unmeasured?: { readonly rate: number; readonly because: string };
  /** The rate of the step before, which could not be measured: it is tried once more, because a generator stumbles now and then. */
  readonly doubted?: number;
  /** How often the present candidate was confirmed. */
  readonly confirmed: number;
  readonly steps: number;
}

export type KneeAsk =
  | { readonly kind: 'try'; readonly rate: number }
  /** The same rate again, for twice as long. */
  | { readonly kind: 'confirm'; readonly rate: number }
  | { readonly kind: 'found'; readonly knee: number; readonly failed: number }
  /** It lies above what was asked or could be sent: `atLeast` held. */
  | { readonly kind: 'above'; readonly atLeast: number; readonly because: string }
  | { readonly kind: 'none'; readonly because: string };

/** More than any search takes that makes progress. */
const mostSteps = 80;

export function beginKnee(settings: KneeSettings = kneeSettings): KneeState {
  return { settings, held: [], confirmed: 0, steps: 0 };
}

/** What to do next. */
export function askKnee(state: KneeState): KneeAsk {
  const { settings, held, steps, doubted } = state;
  const best = held.at(-1);
  if (steps >= mostSteps) return { kind: 'none', because: `the search did not settle in ${steps} steps` };
  if (doubted !== undefined) return { kind: doubted === best ? 'confirm' : 'try', rate: doubted };
  if (best === undefined) return downwards(state);
  const rate = nextAbove(best, limitOf(state), settings);
  if (rate !== undefined) return { kind: 'try', rate };
  return state.confirmed < settings.confirmations ? { kind: 'confirm', rate: best } : foundAt(best, state);
}

/** Between what held and what did not; undefined: the bracket is narrow enough, or nothing higher may be asked for. */
function nextAbove(best: number, limit: number, { most, factor, precision }: KneeSettings): number | undefined {
  if (!Number.isFinite(limit)) return best < most ? whole(Math.min(most, best * factor)) : undefined;
  const middle = whole(Math.sqrt(best * limit));
  return limit / best > 1 + precision && middle > best && middle < limit ? middle : undefined;
}

function foundAt(best: number, state: KneeState): KneeAsk {
  const { failed, unmeasured } = state;
  if (failed !== undefined && failed <= limitOf(state)) return { kind: 'found', knee: best, failed };
  const because =
    unmeasured === undefined
      ? `${best} requests a second held, and no more were asked for`
      : `${unmeasured.rate} requests a second could not be measured: ${unmeasured.because}`;
  return { kind: 'above', atLeast: best, because };
}

/** The lowest rate that is not known to hold. */
function limitOf({ failed, unmeasured }: KneeState): number {
  return Math.min(failed ?? Number.POSITIVE_INFINITY, unmeasured?.rate ?? Number.POSITIVE_INFINITY);
}

/** What became of the step that was asked for. */
export function stepKnee({ doubted, ...state }: KneeState, { word, because = 'no reason is known' }: StepJudgement): KneeState {
  const ask = askKnee({ ...state, ...(doubted !== undefined && { doubted }) });
  if (ask.kind !== 'try' && ask.kind !== 'confirm') return state;
  const { rate } = ask;
  const steps = state.steps + 1;
  if (word === 'not_measured' && doubted === undefined) return { ...state, steps, doubted: rate };
  if (word === 'holds') {
    const held = [...new Set([...state.held, rate])].sort((a, b) => a - b);
    return { ...state, steps, held, confirmed: ask.kind === 'confirm' ? state.confirmed + 1 : 0 };
  }
  // What held at this rate or above held by luck.
  const held = state.held.filter((one) => one < rate);
  return { ...state, steps, held, confirmed: 0, ...(word === 'fails' ? { failed: rate } : { unmeasured: { rate, because } }) };
}

function downwards(state: KneeState): KneeAsk {
  const { settings, failed, unmeasured } = state;
  const low = limitOf(state);
  if (!Number.isFinite(low)) return { kind: 'try', rate: settings.start };
  if (low > settings.least) return { kind: 'try', rate: Math.max(settings.least, whole(low / 2)) };
  if (failed !== undefined && failed <= low) return { kind: 'none', because: `even ${low} requests a second did not hold` };
  return { kind: 'none', because: `not even ${low} requests a second could be measured: ${unmeasured?.because}` };
}

/** Three significant digits: nobody asks for 137.3471 requests a second. */
const whole = (rate: number) => Number(rate.toPrecision(3));
