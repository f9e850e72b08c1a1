// The engine's own release: what is written, and that all of it verifies with what the product itself believes.
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyBundle } from '../../src/engine/supply/signatures/verify.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'codectl-release-'));
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = [{ name: 'release.pub', pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }];
const read = (suffix: string) => readFileSync(join(out, readdirSync(out).find((name) => name.endsWith(suffix)) ?? ''));
const documentOf = (suffix: string) => JSON.parse(read(suffix).toString()) as Record<string, never>;

beforeAll(() => {
  writeFileSync(join(out, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const flags = ['--out', out, '--key', join(out, 'key'), '--builder', 'https://ci.example.org/1'];
  // Where it is built, others may run from it at this moment.
  const built = existsSync(join(root, 'dist')) ? ['--built'] : [];
  execFileSync(process.execPath, ['tools/release/release.ts', ...flags, ...built], { cwd: root });
});
afterAll(() => rmSync(out, { recursive: true }));

it('has sums of every file that it wrote', () => {
  const sums = read('SHA256SUMS')
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('  '));
  const written = readdirSync(out).filter((name) => !['key', 'SHA256SUMS'].includes(name));
  expect(new Set(sums.map(([, name]) => name))).toEqual(new Set(written));
  for (const [sum, name = ''] of sums)
    expect(
      createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex'),
    ).toBe(sum);
});

it('lists what the package depends on, and not what builds it', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const { components } = documentOf('.cdx.json') as unknown as { components: readonly { purl: string }[] };
  const purls = components.map(({ purl }) => purl);
  for (const [name, version] of Object.entries(dependencies ?? {}))
    expect(purls).toContain(`pkg:npm/${name.replace('@', '%40')}@${version}`);
  for (const name of Object.keys(devDependencies ?? {}).filter((one) => !['semver', 'ajv'].includes(one)))
    expect(purls.filter((one) => one.startsWith(`pkg:npm/${name.replace('@', '%40')}@`))).toEqual([]);
  expect(documentOf('.spdx.json')).toMatchObject({ spdxVersion: 'SPDX-2.3' });
});

it.each(['.tgz', '.cdx.json', '.spdx.json'])('has a signed provenance over its %s', (suffix) => {
  const digest = `sha256:${createHash('sha256').update(read(suffix)).digest('hex')}` as const;
  const bundle = read('.sigstore.json').toString();
  expect(verifyBundle({ digest }, bundle, keys)).toMatchObject({ state: 'met', builder: 'https://ci.example.org/1' });
  expect(verifyBundle({ digest: `sha256:${'0'.repeat(64)}` }, bundle, keys)).toMatchObject({ state: 'not_met' });
});
