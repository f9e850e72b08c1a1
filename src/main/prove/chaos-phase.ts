// The faults of a stress trial: the five experiments of a certificate, hastened as its profile says, under its own load and its own promise.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChaosExhibit } from '../../model/proving/experiment.ts';
import { builtInExperiments, fiveScenarios, hastened } from '../../model/proving/experiments.ts';
import type { ChaosOrder, ChaosReport } from '../../proving/stress/chaos.ts';
import type { ChaosWish, StressWish, TrialCall } from '../../surfaces/cli/prove/proving.ts';
import { chaosTrial } from './chaos.ts';

export function chaosWish({ path, route, seed, slo }: StressWish, { rate, scale }: ChaosOrder): ChaosWish {
  const experiments = fiveScenarios.flatMap((name) => builtInExperiments.find((one) => one.name === name) ?? []);
  return {
    seed,
    route,
    repeats: 1,
    experiments: experiments.map((one) => ({
      ...hastened(one, 1 / scale),
      load: { rate, ...(path !== undefined && { path }) },
      steady: { ...one.steady, p99: slo.p99 },
    })),
  };
}

/** Errors: as a chaos trial. */
export async function injectAll(wish: ChaosWish, call: TrialCall): Promise<ChaosReport> {
  const { exhibits } = await chaosTrial.run(wish, call);
  const experiments = exhibits.map(async (file) => {
    const content = JSON.parse(await readFile(join(call.directory, file.name), 'utf8')) as ChaosExhibit;
    return { content, file };
  });
  return { experiments: await Promise.all(experiments) };
}
