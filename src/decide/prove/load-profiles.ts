// Phases of load that suffice for what a certificate claims of it: a rate above the throughput that is asked for, and as many users at once.
import type { LoadPhase } from '../../model/proving/load.ts';

const seconds = { quick: [3, 12, 10], standard: [10, 60, 30], full: [10, 300, 60] } as const;

/** The name of the phase in which nothing is claimed yet: caches and compilers are at work. */
export const warmUp = 'warm';

export const loadProfiles = Object.keys(seconds);

/** More than 1,000 requests a second, so that such a throughput can be shown; 500 users who ask about once a second. */
const rate = 1_200;
const users = { kind: 'users', users: 500, think: 500 } as const;

/** Undefined: there is no such profile. */
export function profilePhases(profile: string): readonly LoadPhase[] | undefined {
  if (!Object.hasOwn(seconds, profile)) return undefined;
  const [warm, steady, busy] = seconds[profile as keyof typeof seconds];
  return [
    { name: warmUp, arrivals: { kind: 'poisson', rate: rate / 4 }, lasts: warm * 1_000 },
    { name: 'steady', arrivals: { kind: 'poisson', rate }, lasts: steady * 1_000 },
    { name: 'users', arrivals: users, lasts: busy * 1_000 },
  ];
}
