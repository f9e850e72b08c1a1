// The catalogue on the test cluster: the same tests, on pods whose checks and restarts are the cluster's own.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { replaySuite } from '../replay/suite.ts';
import { openCluster, openHouse } from './kit.ts';

const image = `registry.test/replay@sha256:${'1'.repeat(64)}`;
const program = fileURLToPath(new URL('../replay/program/server.mjs', import.meta.url));

let cluster: TestCluster | undefined;
const at = (): TestCluster => {
  if (!cluster) throw new Error('there is no cluster before the first test');
  return cluster;
};
beforeAll(async () => {
  // A tenth of the usual time: what takes the cluster a second is still long for a process to start in.
  cluster = await openCluster({ second: 100 });
  cluster.images.set(image, { program });
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const goesOn = 'the kubelet takes what sends it on for good (statuses to 399)';
const itsPace = 'the cluster restarts containers, always and at its own pace; another is refused when planned';

/** All of it takes minutes; the drain is the part that only pods and their addresses can spoil. */
const inEveryRun = { sections: ['drain and connections'], because: 'they take minutes; CODE_TEST_REPLAY=all vitest run test/kubernetes' };

replaySuite({
  name: 'kubernetes',
  open: () => openHouse(at()),
  program: async () => ({
    source: { image, port: await at().freePort() },
    missing: { image: 'registry.test/no-such-program:1', probe: { deadline: '60s' } },
  }),
  hostSeenFromInside: '127.0.0.1',
  callsBy: 'name',
  words: {
    answered: (status) => `probe failed: HTTP probe failed with statuscode: ${status}`,
    deaf: 'connect: connection refused',
    silent: 'context deadline exceeded',
  },
  leftOut: {
    'D-09': 'the kubelet knows the port that it asks at, and no other',
    ...Object.fromEntries([301, 302].map((status) => [`D-10 health that answers ${status}`, goesOn])),
    ...Object.fromEntries(['O-03', 'O-04'].map((id) => [id, itsPace])),
    'D-19':
      'what is not ready at its deadline the kubelet starts anew: it neither goes by the words of its check nor stands still for a look',
    'L-03 one machine': 'the cluster places and starts pods, on machines of its own',
    'O-13 a service is told': 'names of services are resolved by the DNS of a cluster, and the test cluster has none',
  },
  ...(process.env['CODE_TEST_REPLAY'] === 'all' ? {} : { only: inEveryRun }),
  living: async () =>
    at()
      .pods()
      .map(({ metadata }) => metadata.name),
});
