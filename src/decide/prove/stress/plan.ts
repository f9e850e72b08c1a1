// The seven phases as data: what share of the knee each offers, how long by profile, and how many requests its claims need.
import type { Duration, Share } from '../../../base/units.ts';
import type { Arrivals } from '../../../model/proving/load.ts';
import { shareConfidence } from '../statistics/interval.ts';
import { outcomesNeeded } from '../statistics/share.ts';
import { breakingSettings } from './breaking.ts';
import type { Slo } from './judge.ts';
import { leastRequests } from './judge.ts';
import type { KneeSettings } from './knee.ts';
import { kneeSettings } from './knee.ts';

export const profiles = ['smoke', 'quick', 'standard', 'full'] as const;
export type StressProfile = (typeof profiles)[number];

export const phaseNames = ['idle', 'light', 'moderate', 'heavy', 'extreme', 'breaking', 'chaos'] as const;
export type PhaseName = (typeof phaseNames)[number];

/** Phases at one rate; the other two are a stair and a series of faults. */
export type SteadyName = Exclude<PhaseName, 'breaking' | 'chaos'>;

export interface SteadyPhase {
  readonly name: SteadyName;
  readonly share: number;
  readonly rate: number;
  readonly lasts: Duration;
  /** Requests that will be offered, and how many the claims of this phase need. */
  readonly offers: number;
  readonly needs: number;
}

export interface StressPlan {
  readonly profile: StressProfile;
  readonly steady: readonly SteadyPhase[];
  readonly step: Duration;
  readonly stair: { readonly rise: number; readonly most: number; readonly falls: number };
  readonly drop: DropPlan;
  readonly ramp: Duration;
  readonly chaos: { readonly rate: number; readonly scale: number };
}

/** Overload, and then half of the knee: does it come back by itself? */
export interface DropPlan {
  readonly share: number;
  readonly before: Duration;
  readonly overload: Duration;
  readonly after: Duration;
}

interface Profile {
  /** Seconds of the five steady phases. */
  readonly steady: Readonly<Record<SteadyName, number>>;
  readonly step: Duration;
  readonly stairSteps: number;
  readonly drop: DropPlan;
  /** How narrow the bracket of the knee is to be, and how often it is confirmed. */
  readonly search: Pick<KneeSettings, 'precision' | 'confirmations'>;
  /** Of the five scenarios' own durations. */
  readonly chaos: number;
  /** How much longer than planned a phase may become for the sake of its sample. */
  readonly stretch: number;
  /** From one rate to the next. */
  readonly ramp: Duration;
}

const shares: Readonly<Record<SteadyName, number>> = { idle: 0.01, light: 0.25, moderate: 0.5, heavy: 0.75, extreme: 0.92 };
/** Idle is not silent: a floor of latency needs somebody who measures it. */
const leastRate = 5;
const chaosShare = 0.6;

const drop = (before: number, overload: number, after: number): DropPlan => ({ share: 0.5, before, overload, after });

const byProfile: Readonly<Record<StressProfile, Profile>> = {
  smoke: {
    steady: { idle: 3, light: 3, moderate: 5, heavy: 3, extreme: 3 },
    step: 2_000,
    stairSteps: 4,
    drop: drop(1_000, 3_000, 8_000),
    search: { precision: 0.2, confirmations: 0 },
    chaos: 0.1,
    stretch: 3,
    ramp: 500,
  },
  quick: {
    steady: { idle: 5, light: 6, moderate: 12, heavy: 6, extreme: 6 },
    step: 3_000,
    stairSteps: 6,
    drop: drop(2_000, 4_000, 12_000),
    search: { precision: 0.1, confirmations: 1 },
    chaos: 0.1,
    stretch: 2,
    ramp: 1_000,
  },
  standard: {
    steady: { idle: 30, light: 60, moderate: 120, heavy: 90, extreme: 60 },
    step: 10_000,
    stairSteps: 12,
    drop: drop(5_000, 10_000, 30_000),
    search: { precision: 0.05, confirmations: 2 },
    chaos: 0.5,
    stretch: 3,
    ramp: 5_000,
  },
  full: {
    steady: { idle: 60, light: 120, moderate: 300, heavy: 240, extreme: 180 },
    step: 10_000,
    stairSteps: 15,
    drop: drop(10_000, 20_000, 60_000),
    search: { precision: 0.05, confirmations: 2 },
    chaos: 1,
    stretch: 4,
    ramp: 10_000,
  },
};

/** `start`: where the first step is tried; `most`: what is never exceeded. */
export function searchOf(profile: StressProfile, start: number, most: number): KneeSettings {
  const { least } = kneeSettings;
  return { ...kneeSettings, ...byProfile[profile].search, most, start: Math.min(most, Math.max(least, round(start))) };
}

/** Of the five scenarios' usual durations. */
export function chaosScale(profile: StressProfile): number {
  return byProfile[profile].chaos;
}

/** How long a step of the search lasts at a rate: as the profile says, and longer where that would be too few requests to judge. */
export function stepLasts(profile: StressProfile, rate: number, slo: Slo): Duration {
  const needed = (leastRequests(slo) * 1.1 * 1000) / rate;
  return Math.ceil(Math.max(byProfile[profile].step, Math.min(needed, byProfile[profile].step * 6)));
}

/** What a trial is to show. */
export interface StressClaim {
  readonly slo: Slo;
  /** Share of good answers, by the moderate phase. */
  readonly availability: Share;
}

export function stressPlan(profile: StressProfile, knee: number, { slo, availability }: StressClaim): StressPlan {
  const chosen = byProfile[profile];
  const needed = outcomesNeeded(availability, 0, (1 + shareConfidence) / 2);
  return {
    profile,
    steady: phaseNames.filter((name) => name !== 'breaking' && name !== 'chaos').map((name) => steady(name, chosen, knee, slo, needed)),
    step: chosen.step,
    stair: { ...breakingSettings, rise: Number(((breakingSettings.most - 1) / chosen.stairSteps).toFixed(4)) },
    ramp: chosen.ramp,
    drop: chosen.drop,
    chaos: { rate: Math.max(leastRate, round(knee * chaosShare)), scale: chosen.chaos },
  };
}

function steady(name: SteadyName, chosen: Profile, knee: number, slo: Slo, needed: number): SteadyPhase {
  const share = shares[name];
  const rate = Math.max(leastRate, round(knee * share));
  const planned = chosen.steady[name] * 1000;
  // Idle claims nothing but that nothing fails; the nominal load claims availability.
  const needs = name === 'idle' ? 0 : name === 'moderate' ? Math.max(needed, leastRequests(slo)) : leastRequests(slo);
  const lasts = Math.ceil(Math.max(planned, Math.min(((needs * 1.1) / rate) * 1000, planned * chosen.stretch)));
  return { name, share, rate, lasts, offers: Math.floor((rate * lasts) / 1000), needs };
}

/** One phase, so that nothing drains between the overload and what comes after. */
export function dropArrivals(knee: number, peak: number, { share, before, overload }: DropPlan): Arrivals {
  return { kind: 'spike', base: round(knee * share), peak: round(peak), at: before, lasts: overload };
}

/** Milliseconds that the search takes at most, wherever the knee is: this many steps, and twice as long for those that are confirmed. */
function searchLasts(profile: StressProfile, slo: Slo): Duration {
  return 30 * stepLasts(profile, 100, slo);
}

/** Milliseconds within which all of it is over, whatever the application is like; the faults not counted. */
export function announcedLasts(profile: StressProfile, claim: StressClaim): Duration {
  const slow = stressPlan(profile, 10, claim);
  // Answers that nobody waits for any more, and what comes between the steps.
  return searchLasts(profile, claim.slo) + 2 * planLasts(slow, 0) + 60_000;
}

/** Milliseconds that all of it takes, without the search before it and with `chaos` for the faults. */
export function planLasts(plan: StressPlan, chaos: Duration): Duration {
  const { before, overload, after } = plan.drop;
  const stair = plan.step * Math.ceil((plan.stair.most - 1) / plan.stair.rise + 1) + plan.ramp * (plan.steady.length + 1);
  return plan.steady.reduce((sum, one) => sum + one.lasts, 0) + stair + before + overload + after + chaos;
}

const round = (rate: number) => Number(Math.max(1, rate).toPrecision(3));
