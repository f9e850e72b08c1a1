// Services whose artifact is an image: found in it, or not measured with the reason, never clean for want of a look.
import { expect, it } from 'vitest';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { releaseKey } from '../../src/engine/keys.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import { SupplyBook } from '../../src/engine/supply/supply.ts';
import { scopeKey } from '../../src/model/instance.ts';
import { releaseOf, runSpecOf } from '../../src/model/release.ts';
import type { Advisory, AdvisoryHarvest } from '../../src/model/supply/advisory.ts';
import type { Runtime } from '../../src/ports/runtime.ts';
import { aService, scope } from '../kit/specs.ts';
import { inPieces, saved, tar } from './tar.ts';

const { signal } = new AbortController();
const clock = new ManualClock(Date.UTC(2026, 0, 2));
const advisory: Advisory = {
  id: 'FIXTURE-1',
  modified: Date.UTC(2026, 0, 1),
  withdrawn: false,
  aliases: [],
  severity: [],
  source: 'FIXTURE-1.json',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.1' }] }],
      versions: [],
      severity: [],
    },
  ],
};
const harvest: AdvisoryHarvest = { shelves: { npm: { records: 1, asOf: advisory.modified } }, advisories: [advisory], broken: [] };
const withLeft = (version: string) =>
  saved([tar({ path: 'app/node_modules/left/package.json', content: JSON.stringify({ name: 'left', version, license: 'MIT' }) })]);

/** One live service that runs an image, on a runtime that hands it out so. */
async function supplyOf(exportImage?: Runtime['exportImage']) {
  const store = openMemoryStore();
  const artifact = { kind: 'image', reference: 'shop/web:1' } as const;
  const release = releaseOf(scope.application, 'web', runSpecOf(aService({ name: 'web' }), artifact), 0);
  const target = { release: release.id, generation: 1, replicas: 1 };
  const environment = { scope, runtime: 'there', services: { web: target }, lastNumber: 1, history: [] };
  await store.commit([
    { op: 'put', kind: 'release', key: releaseKey(scope.application, release.id), value: release },
    { op: 'put', kind: 'environment', key: scopeKey(scope), value: environment as never },
  ]);
  const runtimes = new Map([['there', { ...(exportImage && { exportImage }) } as Runtime]]);
  const ports = { store, runtimes, clock, artifacts: noArtifacts } as unknown as EnginePorts;
  return new SupplyBook({
    ports,
    advisories: { place: 'here', harvest: async () => harvest },
    advisoriesMaxAge: 7 * 24 * 3_600_000,
    licences: { allow: ['MIT'], deny: [] },
    tool: { name: 'codectl', version: 'test' },
  });
}
const holding = (version: string, asked: string[] = []) =>
  supplyOf(async (release) => {
    asked.push(release.service);
    return { id: `sha256:${version}`, chunks: () => inPieces(withLeft(version)) };
  });
const scan = async (supply: Promise<SupplyBook>) => (await (await supply).scan(scope, undefined, {}, signal))[0];

it('is compared by what its image holds, and each finding says where', async () => {
  expect(await scan(holding('1.0.0'))).toMatchObject({
    state: 'not_met',
    findings: [{ id: 'FIXTURE-1', purl: 'pkg:npm/left@1.0.0', found: ['app/node_modules/left/package.json'] }],
  });
  expect(await scan(holding('1.0.1'))).toMatchObject({ state: 'met', findings: [], unmeasured: [] });
});

it('is listed in bills of materials and judged by licences in the same way', async () => {
  const supply = await holding('1.0.1');
  expect(await supply.licences(scope, undefined, signal)).toMatchObject([{ state: 'met', components: [{ purl: 'pkg:npm/left@1.0.1' }] }]);
  const [bill] = await supply.bills(scope, undefined, 'cyclonedx', signal);
  expect(bill?.document).toMatchObject({ components: [{ name: 'left', version: '1.0.1' }] });
});

it.each<[string, Runtime['exportImage'] | undefined, string]>([
  ['whose runtime hands out none', undefined, 'the there runtime hands out no images'],
  ['that is not there', async () => undefined, 'does not have it'],
  ['whose Engine is not there', () => Promise.reject(new Error('No Docker Engine answers')), 'No Docker Engine answers'],
  ['that breaks off', async () => ({ id: 'a', chunks: () => inPieces(withLeft('1.0.0').subarray(0, 700)) }), 'ends in the middle'],
  ['without anything that tells of packages', async () => ({ id: 'a', chunks: () => inPieces(saved([tar()])) }), 'no component was found'],
])('an image %s is not measured, and the reason is told', async (_, exportImage, because) => {
  const found = await scan(supplyOf(exportImage));
  expect(found).toMatchObject({ state: 'not_measured', findings: [] });
  expect(found?.unmeasured.join('\n')).toContain(because);
});

it('is read once, and again when it could not be read', async () => {
  let [asked, read] = [0, 0];
  const supply = await supplyOf(async () => {
    asked += 1;
    return {
      id: 'sha256:1',
      chunks: () => {
        read += 1;
        return inPieces(read === 1 ? Buffer.from('nothing') : withLeft('1.0.0'));
      },
    };
  });
  const states = [];
  for (let nth = 0; nth < 3; nth += 1) states.push((await scan(Promise.resolve(supply)))?.state);
  expect({ states, asked, read }).toEqual({ states: ['not_measured', 'not_met', 'not_met'], asked: 3, read: 2 });
});

it('leaves secrets open: those are looked for in what is uploaded alone', async () => {
  const [found] = await (await holding('1.0.1')).secrets(scope, undefined, signal);
  expect(found).toMatchObject({ state: 'not_measured', unmeasured: [expect.stringContaining('secrets are looked for')] });
});
