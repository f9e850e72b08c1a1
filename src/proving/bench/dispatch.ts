// `codectl bench dispatch`: what every call costs before and after its own work: who it is, whether he may, and writing it down.
import type { Duration } from '../../base/units.ts';
import type { Bench } from './report.ts';
import { atMost, contestant, ratio, report } from './report.ts';

/** A door with all its real parts on a real store, made by `main/`, which knows how. */
export interface DispatchTrials {
  open(): Promise<TrialDoor>;
}

export interface TrialDoor {
  /** The work of an operation that does nothing, without the door. */
  bare(): Promise<unknown>;
  /** One question to the policies. */
  permit(): Promise<unknown>;
  /** Intent and outcome of one change, durable. */
  audit(): Promise<unknown>;
  /** Through the door: authentication and policy. */
  read(): Promise<unknown>;
  /** Through the door: authentication, policy and audit. */
  change(): Promise<unknown>;
  close(): Promise<void>;
}

type Kind = Exclude<keyof TrialDoor, 'close'>;

const kinds: readonly Kind[] = ['bare', 'permit', 'audit', 'read', 'change'];
const notes = [
  'An operation that does nothing, called with the token of somebody who has one role for one application, on the store that the daemon has (SQLite, every commit durable). Kinds of calls take turns; each sample is one call.',
  'A change is written down twice, before and after; what that takes is the disk’s time to make two commits durable. Reads are not written down.',
];

export function dispatch(trials: DispatchTrials): Bench {
  return {
    name: 'dispatch',
    summary: 'What authentication, policy and audit add to a call',
    parameters: { calls: 1_000, warmup: 100 },
    run: async ({ parameters, progress, signal }) => {
      const { calls = 0, warmup = 0 } = parameters;
      const door = await trials.open();
      const samples: Record<Kind, Duration[]> = { bare: [], permit: [], audit: [], read: [], change: [] };
      try {
        progress(`${warmup} calls of each kind to warm up, ${calls} to measure`);
        for (let call = 0; call < warmup + calls; call += 1) {
          signal.throwIfAborted();
          for (const kind of kinds) {
            const took = await timed(() => door[kind]());
            if (call >= warmup) samples[kind].push(took);
          }
        }
      } finally {
        await door.close();
      }
      return report('dispatch', parameters, {
        contestants: [
          contestant('the work of the operation alone', 'ms', samples.bare),
          contestant('one question to the policies', 'ms', samples.permit, atMost(1)),
          contestant('the audit alone: two durable commits', 'ms', samples.audit),
          contestant('a read through the door', 'ms', samples.read, atMost(1)),
          contestant('a change through the door', 'ms', samples.change, atMost(1)),
        ],
        ratios: [ratio('a change through the door / the audit alone', samples.change, samples.audit)],
        notes,
      });
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<Duration> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
