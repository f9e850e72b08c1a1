// What the tests on Swarm share: an Engine of their own as a Swarm of one node, a house that uses it, and what is in it.
import { afterAll, beforeAll, expect } from 'vitest';
import { noEngine, openHouse } from '../docker/kit.ts';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import { program, programImage } from '../lab/images.ts';
import type { Wished } from '../lab/manifest.ts';
import { aWeb } from '../lab/manifest.ts';
import { closeManager, openManager, whyNoSwarm } from '../lab/swarm.ts';

const why = process.env['CODE_TEST_NO_DOCKER'] ?? (noEngine ? 'run them with npm run test:docker' : await whyNoSwarm());

/** For `describe.skipIf`; the reason belongs into its name. */
export const noSwarm = why !== undefined;
export const onSwarm = why === undefined ? 'on Swarm' : `on Swarm (skipped: ${why})`;

export const image = 'code-test/swarm:1';

/** A Swarm of one node, which has the image. */
export async function openSwarm(): Promise<Dockerd> {
  const engine = await openManager();
  try {
    await programImage(engine, image, program, ['EXPOSE 8080']);
    return engine;
  } catch (error) {
    await closeManager(engine);
    throw error;
  }
}

export function manifest(application: string, wished: Wished = {}): string {
  return aWeb('swarm', application, { image, ...wished });
}

/** The Swarm and a house that uses it, for all tests of a file. */
export function withSwarm() {
  let engine: Dockerd | undefined;
  let house: House | undefined;
  beforeAll(async () => {
    engine = await openSwarm();
    house = await openHouse(engine);
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    if (engine) await closeManager(engine);
  });
  const there = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error('there is none before the first test');
    return one;
  };
  return {
    get engine() {
      return there(engine);
    },
    get house() {
      return there(house);
    },
    /** Deploys a manifest of ours; it must succeed. */
    async ship(application: string, wished: Wished = {}): Promise<void> {
      const { outcome, reason, last_log } = await this.house.outcome(await this.house.deploy(manifest(application, wished)));
      expect({ outcome, reason, last_log }).toMatchObject({ outcome: 'succeeded' });
    },
    async ask(application: string, path: string) {
      return get({ host: `${application}.localhost`, port: (await this.house.gateway()).port, path });
    },
  };
}

export interface ListedService {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
}

export function services(at: Dockerd): Promise<readonly ListedService[]> {
  return at.json('/services');
}

export async function servicesOf(at: Dockerd, application: string): Promise<readonly ListedService[]> {
  return (await services(at)).filter(({ Spec }) => Spec.Labels['codectl.application'] === application);
}

export async function overlays(at: Dockerd): Promise<readonly string[]> {
  const all = await at.json<readonly { readonly Name: string; readonly Driver: string }[]>('/networks');
  return all.filter(({ Driver }) => Driver === 'overlay').map(({ Name }) => Name);
}
