// The catalogue on the Docker runtime: the same tests, on containers that reach the gateway by the address of their bridge.
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { programImage } from '../lab/images.ts';
import { replaySuite } from '../replay/suite.ts';
import { containers, engine, noEngine, onDocker, openHouse } from './kit.ts';

const image = 'code-test/replay:1';
const program = fileURLToPath(new URL('../replay/program/server.mjs', import.meta.url));

const gateway = 'what the gateway does with its requests; no runtime takes part';
const judged = 'judged by what the gateway counted and other systems say; no runtime takes part';
const engineOnly = 'between plans and locks in the store; no runtime takes part';

/** What runs on processes in every run, and would say nothing more here. `CODE_TEST_REPLAY=all` replays all of it none the less. */
const saysNothingMore: Readonly<Record<string, string>> = Object.fromEntries([
  ...['R-06', 'R-08'].map((id) => [id, gateway]),
  ...['C-04', 'C-05', 'C-15', 'C-18', 'C-23'].map((id) => [id, judged]),
  ...['L-01', 'L-02', 'L-05', 'L-11'].map((id) => [id, engineOnly]),
]);

/** Of the others all would take longer than a run of everything has for containers. */
const inEveryRun = {
  sections: ['sizes on the way', 'drain and connections', 'discovery'],
  because: 'they take long in containers; CODE_TEST_REPLAY=all npm run test:docker',
};

/** Once for all sections. */
let made: Promise<void> | undefined;

describe.skipIf(noEngine)(onDocker, () => {
  replaySuite({
    name: 'docker',
    // Containers have a loopback of their own: the gateway is where they see this machine.
    open: () => openHouse(engine(), { gateway_listen: '0.0.0.0:0' }),
    program: async () => {
      await (made ??= programImage(engine(), image, program, ['EXPOSE 8080']));
      return { source: { image }, missing: { image, container: { command: ['no-such-program'] } } };
    },
    hostSeenFromInside: 'host.docker.internal',
    callsBy: 'name',
    ...(process.env['CODE_TEST_REPLAY'] === 'all' ? {} : { leftOut: saysNothingMore, only: inEveryRun }),
    living: async () => (await containers(engine())).map(({ Labels }) => Labels['codectl.instance'] ?? ''),
  });
});
