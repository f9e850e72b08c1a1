// A runtime that does not answer: of several environments only its own is unknown; whoever asks for that one is told why.
import { afterEach, expect, it, vi } from 'vitest';
import { CodeError } from '../../src/base/errors.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

let world: World;
afterEach(() => world.stop());

it('says of what a silent runtime has that it is unknown, and fails only for whoever names it in full', async () => {
  world = await createWorld();
  await world.outcome(await world.deploy([aService()], 'v1'));
  const look = (filter: Partial<typeof scope>) => world.engine.queries.survey(filter, new AbortController().signal);
  expect(await look({})).toMatchObject([{ instances: [{ ready: true }] }]);
  vi.spyOn(world.fake.instances, 'inspect').mockRejectedValue(new CodeError('runtime_unavailable', 'The fake does not answer.'));
  expect(await look({})).toMatchObject([{ state: { scope }, instances: [], unseen: 'The fake does not answer.' }]);
  expect(await look({ application: scope.application })).toHaveLength(1);
  await expect(look(scope)).rejects.toThrow('The fake does not answer.');
});
