// What images of a real Engine hold: read from its own archive, layer over layer, with what a later layer took away.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/house.ts';
import { engine, image, makeImage, manifest, noEngine, onDocker, openHouse } from './kit.ts';

interface Scan {
  readonly state: string;
  readonly services: readonly { readonly unmeasured: readonly string[]; readonly findings: readonly { readonly purl: string }[] }[];
}
interface Bills {
  readonly bills: readonly { readonly document: { readonly components?: readonly { readonly purl: string }[] } }[];
}

const dpkg = 'Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n';
const record = {
  id: 'FIXTURE-1',
  modified: new Date().toISOString(),
  affected: [{ package: { ecosystem: 'npm', name: 'stays' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] }],
};

describe.skipIf(noEngine)(onDocker, () => {
  const docker = engine();
  let house: House;
  let place: string;

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'codectl-scan-'));
    await writeFile(join(place, 'FIXTURE-1.json'), JSON.stringify(record));
    await makeImage(docker);
    house = await openHouse(docker, { advisories: place });
  });
  afterAll(async () => {
    await house[Symbol.asyncDispose]();
    await rm(place, { recursive: true });
  });

  /** Ships an image that is built from this Dockerfile, with three packages beside it. */
  const ship = async (application: string, lines: readonly string[]) => {
    const directory = join(house.root, application);
    for (const name of ['stays', 'goes', 'changes']) {
      await mkdir(join(directory, name), { recursive: true });
      await writeFile(join(directory, name, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
    }
    await writeFile(join(directory, 'newer.json'), JSON.stringify({ name: 'changes', version: '2.0.0' }));
    await writeFile(join(directory, 'status'), dpkg);
    await writeFile(join(directory, 'os-release'), 'ID=debian\nVERSION_ID="12"\n');
    await writeFile(join(directory, 'Dockerfile'), [`FROM ${image}`, ...lines, ''].join('\n'));
    const shipped = await house.deploy(manifest(application, { image: undefined, build: '.' }), { web: directory });
    expect(await house.outcome(shipped)).toMatchObject({ outcome: 'succeeded' });
  };
  const purls = async (application: string) => {
    const { bills } = await house.call<Bills>('security.sbom', { application, environment: 'test' }, 'GET');
    return (bills[0]?.document.components ?? []).map(({ purl }) => purl);
  };

  test('its packages are found, but for those that a later layer took away or changed', async () => {
    await ship('scanned', [
      'COPY os-release /etc/os-release',
      'COPY status /var/lib/dpkg/status',
      ...['stays', 'goes', 'changes'].map((name) => `COPY ${name} /app/node_modules/${name}`),
      'COPY newer.json /app/node_modules/changes/package.json',
      `RUN ["/bin/node", "-e", "fs.rmSync('/app/node_modules/goes', { recursive: true })"]`,
    ]);
    expect(await purls('scanned')).toEqual([
      'pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12',
      'pkg:npm/changes@2.0.0',
      'pkg:npm/stays@1.0.0',
    ]);
    const { state, services } = await house.call<Scan>('security.scan', { application: 'scanned', environment: 'test' }, 'GET');
    expect(state).toBe('not_met');
    expect(services[0]?.findings.map(({ purl }) => purl)).toEqual(['pkg:npm/stays@1.0.0']);
    expect(services[0]?.unmeasured.join()).not.toContain('not looked into');
  });

  test('an image that the Engine no longer has is not measured', async () => {
    await ship('removed', ['COPY stays /app/node_modules/stays']);
    const all = await docker.json<readonly { readonly RepoTags: readonly string[] | null }[]>('/images/json');
    const built = all.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.includes('/removed/'));
    expect(built).toHaveLength(1);
    await docker.send('DELETE', `/images/${built[0]}?force=1`);
    const { state, services } = await house.call<Scan>('security.scan', { application: 'removed', environment: 'test' }, 'GET');
    expect(state).toBe('not_measured');
    expect(services[0]?.unmeasured.join()).toContain('does not have it');
  });
});
