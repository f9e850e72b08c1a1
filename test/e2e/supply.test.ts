// The supply chain as people use it: what is live is listed and compared, what holds secrets or is not signed does not get in.
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';

let house: House;
let place: string;
let project: string;
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);
const json = async (...args: readonly string[]) => {
  const ran = await run('--json', ...args);
  return { code: ran.code, answer: JSON.parse(ran.stdout) as Record<string, never> };
};
const token = ['ghp', 'R8sT2vWq9LmXzK4nB7cD1fG5hJ3pY6aE0uIo'].join('_');

const manifest = `
application: chain
services:
  api:
    run: { command: [node, -e, "setInterval(() => {}, 1000)"], directory: ./api }
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 1s, grace: 1s }
    probe: { interval: 50ms, passes: 1 }
environments:
  staging: {}
  production: {}
`;
const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/left': { version: '1.0.0', license: 'MIT' } } };
// A fixture: made up, in the form that is published.
const record = {
  id: 'FIXTURE-1',
  modified: new Date().toISOString(),
  aliases: ['CVE-0000-0001'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    { package: { ecosystem: 'npm', name: 'left' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.1' }] }] },
  ],
};

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'codectl-supply-'));
  await mkdir(join(place, 'advisories'));
  await mkdir(join(place, 'keys'));
  await writeFile(join(place, 'advisories', 'FIXTURE-1.json'), JSON.stringify(record));
  await writeFile(join(place, 'keys', 'ci.pub'), key.publicKey.export({ type: 'spki', format: 'pem' }));
  house = await House.open({
    advisories: join(place, 'advisories'),
    trusted_keys: join(place, 'keys'),
    require_signature: 'production',
    secret_scan: 'refuse',
    licences_allow: 'MIT',
  });
  project = join(house.root, 'chain');
  await mkdir(join(project, 'api'), { recursive: true });
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(join(project, 'api', 'package-lock.json'), JSON.stringify(lock));
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await rm(place, { recursive: true });
});

describe('what is live', () => {
  it('is compared with the advisories on disk, and each finding names its record', async () => {
    expect(await run('deploy', '--env', 'staging', '--yes')).toMatchObject({ code: 0 });
    const { code, answer } = await json('security', 'scan', '--env', 'staging');
    expect(code).toBe(13);
    expect(answer).toMatchObject({
      state: 'not_met',
      services: [
        {
          service: 'api',
          findings: [
            {
              id: 'FIXTURE-1',
              aliases: ['CVE-0000-0001'],
              purl: 'pkg:npm/left@1.0.0',
              fixed: ['1.0.1'],
              sources: ['FIXTURE-1.json'],
              severity: { score: 9.8, rating: 'critical' },
            },
          ],
          ecosystems: [{ ecosystem: 'npm', records: 1, as_of: record.modified }],
        },
      ],
    });
    const shown = await run('security', 'scan', '--env', 'staging');
    expect(shown.stdout).toContain('FIXTURE-1, CVE-0000-0001  critical 9.8  pkg:npm/left@1.0.0  1.0.1');
  });

  it('is told to no registry that nobody named', async () => {
    const { code, answer } = await json('security', 'scan', '--env', 'staging', '--npm-audit');
    expect({ code, answer }).toMatchObject({
      code: 2,
      answer: { error: { code: 'settings_invalid', hint: expect.stringContaining('npm_registry') } },
    });
  });

  it('is listed in both formats', async () => {
    const cyclone = JSON.parse((await run('security', 'sbom', '--env', 'staging')).stdout) as object;
    expect(cyclone).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ purl: 'pkg:npm/left@1.0.0' }] });
    const other = JSON.parse((await run('security', 'sbom', '--env', 'staging', '--format', 'spdx')).stdout) as object;
    expect(other).toMatchObject({ spdxVersion: 'SPDX-2.3', packages: [{ name: 'chain/api' }, { name: 'left', licenseDeclared: 'MIT' }] });
  });

  it('is judged by its licences, and looked through for secrets', async () => {
    expect(await json('security', 'licences', '--env', 'staging')).toMatchObject({ code: 0, answer: { state: 'met' } });
    expect(await json('security', 'secrets', '--env', 'staging')).toMatchObject({
      code: 0,
      answer: { state: 'met', services: [{ findings: [], files: 1 }] },
    });
  });

  it('is not_measured where the database knows nothing of its ecosystem', async () => {
    await rm(join(place, 'advisories', 'FIXTURE-1.json'));
    const { code, answer } = await json('security', 'scan', '--env', 'staging');
    expect(code).toBe(5);
    expect(answer).toMatchObject({
      state: 'not_measured',
      services: [{ findings: [], unmeasured: ['npm: the database has no records of it'] }],
    });
  });
});

describe('an environment that takes only what is signed', () => {
  it('refuses a plan, and says what is missing of which service', async () => {
    const { code, stderr } = await run('plan', '--env', 'production');
    expect(code).toBe(9);
    expect(stderr).toMatch(/api: signature not_met: no signature over sha256:[0-9a-f]{64} was brought/);
    expect(stderr).toContain('codectl security attest');
  });

  it('takes it once a trusted key signed its listing', async () => {
    const { stdout: listing, stderr } = await run('security', 'listing', 'api', '--env', 'production');
    const [digest = ''] = /sha256:[0-9a-f]{64}/.exec(stderr) ?? [];
    const bundle = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
      messageSignature: {
        messageDigest: { algorithm: 'SHA2_256', digest: Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64') },
        signature: sign('sha256', Buffer.from(listing), key.privateKey).toString('base64'),
      },
    };
    await writeFile(join(project, 'api.sigstore.json'), JSON.stringify(bundle));
    expect(await run('security', 'attest', 'api.sigstore.json')).toMatchObject({ code: 0, stdout: `Kept for ${digest}.\n` });
    expect(await run('deploy', '--env', 'production', '--yes')).toMatchObject({ code: 0 });
    const verified = await json('security', 'verify', '--env', 'production');
    expect(verified).toMatchObject({
      code: 0,
      answer: { services: [{ artifact: digest, signature: { state: 'met', key: 'ci.pub' }, provenance: { state: 'not_met' } }] },
    });
  });
});

describe('what would ship a secret', () => {
  it('is refused with the place and the kind, without the secret', async () => {
    await writeFile(join(project, 'api', 'settings.env'), `A=1\nGITHUB_TOKEN=${token}\n`);
    const { code, stdout, stderr } = await run('plan', '--env', 'staging');
    expect(code).toBe(9);
    expect(stderr).toContain('api: settings.env:2 looks like a secret: GitHub personal access token, ghp_… (40 characters)');
    expect(stdout + stderr).not.toContain(token.slice(4, 12));
  });

  it('is taken when somebody has looked at it', async () => {
    await writeFile(join(project, 'api', '.codesecrets'), 'settings.env\n');
    const { code, answer } = await json('plan', '--env', 'staging');
    expect(code).toBe(0);
    expect(answer).toMatchObject({ shipped: [{ service: 'api', signature: 'not_met', secrets: 0 }] });
  });
});
