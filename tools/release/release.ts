// `npm run release -- --out DIR [--key FILE] [--builder URI] [--built]`: the package, what it consists of (CycloneDX and SPDX), who built it from what, and SHA-256 sums.
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cycloneDx } from '../../src/decide/supply/cyclonedx.ts';
import { spdx } from '../../src/decide/supply/spdx.ts';
import type { Subject } from '../../src/decide/supply/subject.ts';
import { joined } from '../../src/engine/supply/inventory/inventory.ts';
import { npmLock } from '../../src/engine/supply/inventory/npm.ts';
import type { ReleasedFile } from './statement.ts';
import { provenanceOf, signedBundle } from './statement.ts';

const root = resolve(import.meta.dirname, '..', '..');

function git(...words: readonly string[]): string {
  return execFileSync('git', [...words], { cwd: root, encoding: 'utf8' }).trim();
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What is installed with the package: neither what builds and tests it, nor the workspace that brings a runtime for that. */
function shippedLock(text: string): string {
  const lock = JSON.parse(text) as { packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>> };
  const shipped = Object.entries(lock.packages).filter(
    ([path, one]) => one.dev !== true && one.devOptional !== true && !/(?:^|\/)node_modules\/node-linux-/.test(path),
  );
  return JSON.stringify({ ...lock, packages: Object.fromEntries(shipped) });
}

/** `built`: what lies in dist/ is taken as it is. */
function pack(out: string, built: boolean): ReleasedFile & { readonly version: string } {
  if (!built) execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit' });
  const printed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], { cwd: root, encoding: 'utf8' });
  const said: unknown = JSON.parse(printed);
  // npm 12 answers with an object by name, those before with a list.
  const [first] = Object.values(said as Readonly<Record<string, { readonly filename: string; readonly version: string }>>);
  if (!first) throw new Error('npm pack made nothing');
  return { name: first.filename, version: first.version, sha256: sha256(readFileSync(join(out, first.filename))) };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'release' },
      key: { type: 'string' },
      builder: { type: 'string' },
      built: { type: 'boolean', default: false },
    },
  });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const tarball = pack(out, values.built);
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { components } = npmLock.read({ path: 'package-lock.json', text: shippedLock(lockText) }, undefined);
  const tool = { name: 'codectl', version: tarball.version };
  const subject: Subject = {
    ...tool,
    sha256: tarball.sha256,
    // Of the commit, so that the same source gives the same documents.
    at: Number(git('log', '-1', '--format=%ct')) * 1_000,
    tool,
    inventory: { components: joined(components), unread: [] },
  };
  const write = (suffix: string, value: object): ReleasedFile => {
    const name = `codectl-${tarball.version}${suffix}`;
    const text = `${JSON.stringify(value, null, 2)}\n`;
    writeFileSync(join(out, name), text);
    return { name, sha256: sha256(text) };
  };
  const files = [tarball, write('.cdx.json', cycloneDx(subject)), write('.spdx.json', spdx(subject))];
  const statement = provenanceOf({
    files,
    builder: values.builder ?? 'urn:codectl:unnamed-builder',
    version: tarball.version,
    commit: git('rev-parse', 'HEAD'),
    changed: git('status', '--porcelain')
      .split('\n')
      .filter((line) => line !== ''),
    lock: { name: 'package-lock.json', sha256: sha256(lockText) },
    node: process.versions.node,
  });
  const all = [...files, write('.provenance.json', statement)];
  if (values.key !== undefined) all.push(write('.sigstore.json', signedBundle(statement, createPrivateKey(readFileSync(values.key)))));
  writeFileSync(join(out, 'SHA256SUMS'), all.map((one) => `${one.sha256}  ${one.name}\n`).join(''));
  console.log(`${out}: ${all.map(({ name }) => name).join(', ')}, SHA256SUMS${values.key === undefined ? ' (not signed: no --key)' : ''}`);
}

main();
