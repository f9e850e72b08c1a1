// A world in which a version is live and the next one, if it is called "bad", never becomes ready.
import { onTestFinished } from 'vitest';
import { aService } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

/** Ended with the test. */
export async function aLiveWorld(): Promise<World> {
  const world = await createWorld((set) =>
    set.release.run.artifact.kind === 'snapshot' && set.release.run.artifact.digest.includes('6261') ? { neverReady: true } : {},
  );
  onTestFinished(() => world.stop());
  await world.outcome(await world.deploy([aService()], 'v1'));
  return world;
}
