// What the tests on Docker share: the Engine that was set up for them, houses that use it, and a program that runs in its containers.
import { afterAll, beforeAll, expect } from 'vitest';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import type { DockerInstances } from '../../src/adapters/runtimes/docker/docker.ts';
import { createDockerInstances } from '../../src/adapters/runtimes/docker/docker.ts';
import { systemClock } from '../../src/base/clock.ts';
import { House } from '../kit/house.ts';
import { Dockerd } from '../lab/dockerd.ts';
import { program, programImage } from '../lab/images.ts';
import type { Wished } from '../lab/manifest.ts';
import { aWeb } from '../lab/manifest.ts';

const { CODE_TEST_DOCKER: directory, CODE_TEST_NO_DOCKER: why } = process.env;

/** For `describe.skipIf`; the reason belongs into its name. */
export const noEngine = directory === undefined;
export const onDocker = noEngine ? `on Docker (skipped: ${why ?? 'run them with npm run test:docker'})` : 'on Docker';

export function engine(): Dockerd {
  return new Dockerd(directory ?? '');
}

/** A house whose Docker runtime uses this Engine. */
export function openHouse(at: Dockerd, settings: Readonly<Record<string, string>> = {}): Promise<House> {
  return House.open({ docker_host: at.host, ...settings });
}

/** A driver of its own for what the house's driver has made: asked directly. */
export function driverOf(house: House, at: Dockerd): DockerInstances & AsyncDisposable {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const shared = { artifacts: noArtifacts, clock: systemClock, log, reach: 'address', patience: 600_000 } as const;
  const driver = createDockerInstances({ ...shared, home: house.home, engine: { kind: 'socket', path: at.socket } });
  return { ...driver, [Symbol.asyncDispose]: async () => driver.close() };
}

/** The Engine with the usual image, and a house that uses it, for all tests of a file. */
export function withHouse() {
  const docker = engine();
  let house: House | undefined;
  beforeAll(async () => {
    await makeImage(docker);
    house = await openHouse(docker);
  });
  afterAll(() => house?.[Symbol.asyncDispose]());
  return {
    docker,
    get house() {
      if (!house) throw new Error('there is no house before the first test');
      return house;
    },
    /** Deploys a manifest of ours; it must succeed. */
    async ship(application: string, wished: Wished = {}): Promise<void> {
      expect(await this.house.outcome(await this.house.deploy(manifest(application, wished)))).toMatchObject({ outcome: 'succeeded' });
    },
  };
}

export const image = 'code-test/program:1';

export function makeImage(at: Dockerd, reference: string = image, changes: readonly string[] = []): Promise<void> {
  return programImage(at, reference, program, ['EXPOSE 8080', ...changes]);
}

/** A manifest of one service, `web`, with what a test varies. */
export function manifest(application: string, wished: Wished = {}): string {
  return aWeb('docker', application, { image, stop: { drain: '5s', grace: '5s' }, ...wished });
}

export interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export function containers(at: Dockerd): Promise<readonly Listed[]> {
  return at.json('/containers/json?all=1');
}

/** Networks that somebody made. */
export async function networks(at: Dockerd): Promise<readonly string[]> {
  const all = await at.json<readonly { readonly Name: string }[]>('/networks');
  return all.map(({ Name }) => Name).filter((name) => !['bridge', 'host', 'none'].includes(name));
}
