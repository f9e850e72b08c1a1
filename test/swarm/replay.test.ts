// The catalogue on a Swarm of one node: the same tests, on services that are reached at the bridge of the Swarm's networks.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import { openHouse } from '../docker/kit.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import { programImage } from '../lab/images.ts';
import { closeManager } from '../lab/swarm.ts';
import { replaySuite } from '../replay/suite.ts';
import { noSwarm, onSwarm, openSwarm, services } from './kit.ts';

const image = 'code-test/replay:1';
const program = fileURLToPath(new URL('../replay/program/server.mjs', import.meta.url));

const because = 'it takes long on a Swarm; CODE_TEST_REPLAY=all npm run test:docker';
const asked = process.env['CODE_TEST_REPLAY'] === 'all';

describe.skipIf(noSwarm || !asked)(asked ? onSwarm : `on Swarm (skipped: ${because})`, () => {
  let engine: Dockerd | undefined;
  const at = (): Dockerd => {
    if (!engine) throw new Error('there is no Swarm before the first test');
    return engine;
  };
  beforeAll(async () => {
    engine = await openSwarm();
    await programImage(engine, image, program, ['EXPOSE 8080']);
  });
  afterAll(async () => {
    if (engine) await closeManager(engine);
  });

  replaySuite({
    name: 'swarm',
    open: () => openHouse(at(), { gateway_listen: '0.0.0.0:0' }),
    program: async () => ({ source: { image }, missing: { image, container: { command: ['no-such-program'] } } }),
    hostSeenFromInside: 'host.docker.internal',
    callsBy: 'name',
    living: async () => (await services(at())).map(({ Spec }) => Spec.Labels['codectl.instance'] ?? ''),
  });
});
