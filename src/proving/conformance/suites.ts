// Which tests show how a runtime behaves, and how they are run.

export interface Suite {
  readonly runtime: string;
  /** The configuration of vitest. */
  readonly config: string;
  /** Folders and files whose tests count. */
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What stands behind the name, for a reader. */
  readonly about: string;
  /** Whatever holds there is never called met. */
  readonly simulated: boolean;
}

const suite = (runtime: string, files: readonly string[], about: string, more: Partial<Suite> = {}): Suite => ({
  runtime,
  config: 'vitest.config.ts',
  files,
  environment: {},
  about,
  simulated: false,
  ...more,
});

/** Everything is replayed only when it is asked for: it takes long. */
const whole: Partial<Suite> = { environment: { CODE_TEST_REPLAY: 'all' } };
const onEngine: Partial<Suite> = { ...whole, config: 'vitest.docker.config.ts' };

export const suites: readonly Suite[] = [
  suite(
    'process',
    ['test/replay/process/', 'test/gateway/', 'test/process/', 'test/e2e/', 'test/store/'],
    'processes of this machine, with the gateway and the store that every runtime has in front and behind',
  ),
  suite('docker', ['test/docker/'], 'containers of a Docker Engine that is opened for the tests', onEngine),
  suite('swarm', ['test/swarm/'], 'services of a Swarm of one node that is opened for the tests', onEngine),
  suite(
    'kubernetes',
    ['test/kubernetes/'],
    'a test cluster: a strict API and its controllers, pods as processes; no real control plane has been asked',
    whole,
  ),
  suite(
    'fake',
    ['src/decide/', 'src/engine/', 'test/engine/'],
    'decisions and the engine on fakes, by a clock that is moved by hand; what is simulated is never met',
    { simulated: true },
  ),
];
