// A live release's snapshot that was changed on disk – on real files – is mended, or is refused with the reason until its content is there again.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../src/base/digest.ts';
import { digestOf } from '../../src/base/digest.ts';
import { DriftWatch } from '../../src/engine/drift/watch.ts';
import type { Shelf } from '../artifacts/kit.ts';
import { keep, noSignal, shelf, sourceOf, tamper } from '../artifacts/kit.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

let world: World;
let kept: Shelf;
let watch: DriftWatch;
let source: string;
let digest: Digest;
let root: string;

beforeEach(async () => {
  kept = await shelf();
  source = await sourceOf({ 'server.js': 'serve' });
  digest = await keep(source, kept.artifacts);
  root = await kept.artifacts.materialise(digest, noSignal);
  world = await createWorld();
  const { ports, director, drift, planner, deployments } = world.engine;
  const spec = { ...scope, runtime: 'fake', approval: 'none', services: [aService()] } as const;
  const plan = await planner.deploy(spec, { api: { kind: 'snapshot', digest } }, 'user:test');
  await world.outcome(await deployments.apply(plan.id, 'user:test'));
  watch = new DriftWatch({ ports: { ...ports, artifacts: kept.artifacts }, director, drift });
});
afterEach(async () => {
  await watch.stop();
  await world.stop();
});

const inStatus = async () => (await world.engine.queries.survey(scope, noSignal))[0]?.drift ?? [];

describe('a snapshot that was changed on disk', () => {
  it('is mended from the stored content, and status tells both', async () => {
    await tamper(join(root, 'server.js'), 'steal');
    await watch.lookAtSnapshots();
    expect(await readFile(join(root, 'server.js'), 'utf8')).toBe('serve');
    expect(await inStatus()).toMatchObject([
      { kind: 'snapshot', message: expect.stringContaining('server.js (content)'), state: 'repaired', repairedAt: world.clock.now() },
    ]);
  });

  it('together with its stored content is refused with the reason, until the content is uploaded again', async () => {
    const hex = digestOf('serve').slice(7);
    await tamper(join(root, 'server.js'), 'steal');
    await tamper(join(kept.directory, 'blobs/sha256', hex.slice(0, 2), hex.slice(2)), 'steal');
    await watch.lookAtSnapshots();
    expect(await inStatus()).toMatchObject([{ state: 'refused', because: expect.stringContaining('server.js') }]);

    await writeFile(join(source, 'server.js'), 'serve');
    expect(await keep(source, kept.artifacts)).toBe(digest);
    await watch.lookAtSnapshots();
    expect(await inStatus()).toMatchObject([{ state: 'repaired' }]);
    expect(await readFile(join(root, 'server.js'), 'utf8')).toBe('serve');
    const told = (await world.store.events(0, 1_000)).filter((one) => /^(drift|engine\.problem)/.test(one.kind)).map((one) => one.kind);
    expect(told).toEqual(['drift.found', 'engine.problem', 'drift.repaired']);
  });
});
