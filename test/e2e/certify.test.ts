// A certification from the command line, against a real house: what is left out is told, what is signed holds, and every attempt is in the next one.
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Statement } from '../../src/model/readiness/certificate.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';

let house: House;
const codectl = (...args: readonly string[]) => cli(['--home', house.home, ...args], house.root);
const trials = ['load', 'stress', 'scale', 'security', 'chaos'].flatMap((one) => ['--without', one]);
const certify = (out: string, ...more: readonly string[]) => codectl('certify', 'shop', '--json', ...trials, '--out', out, ...more);
const file = (out: string) => join(house.root, out, 'certificate.intoto.json');

const manifest = `
application: shop
services:
  api:
    run: { command: [node, server.js] }
    port: 8080
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 100ms }
    routes: [{ host: shop.localhost, path: / }]
environments:
  staging: { runtime: process }
`;

async function deployed(words: string): Promise<void> {
  const directory = join(house.root, 'api');
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'server.js'),
    `require('node:http').createServer((_, out) => out.end('${words}')).listen(process.env.PORT);\n`,
  );
  expect(await house.outcome(await house.deploy(manifest, { api: directory }))).toMatchObject({ outcome: 'succeeded' });
}

async function statementIn(out: string): Promise<Statement> {
  const { payload } = JSON.parse(await readFile(file(out), 'utf8')) as { readonly payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Statement;
}

beforeAll(async () => {
  house = await House.open();
  await deployed('one');
  await deployed('two');
});
afterAll(() => house[Symbol.asyncDispose]());

describe('codectl certify', () => {
  it('says what it found, what it did not, and signs it; whoever checks it gets the same', async () => {
    const ran = await certify('first', '--source', join(house.root, 'api'));
    expect(ran, ran.stderr).toMatchObject({ code: 13 });
    const { predicate } = await statementIn('first');
    const of = (id: string) => predicate.results.find((one) => one.id === id);
    expect(of('integration.reached')).toMatchObject({ word: 'met' });
    expect(of('deployment.rollback')).toMatchObject({ word: 'met' });
    expect(of('infrastructure.replay')).toMatchObject({ word: 'met' });
    expect(of('chaos.lost')).toMatchObject({ word: 'not_measured', because: 'it was left out (--without chaos)' });
    expect(of('monitoring.alerts')).toMatchObject({ word: 'not_measured' });
    expect(['not_certified', 'invalid']).toContain(predicate.level);
    const checked = await codectl('certificate', 'verify', file('first'), '--source', join(house.root, 'api'), '--here');
    expect(checked, checked.stdout).toMatchObject({ code: 0, stdout: expect.stringContaining('The certificate is valid.') as string });
    for (const name of ['report.html', 'summary.md', 'junit.xml', 'results.sarif', 'badge.svg', 'key.pub'])
      expect((await stat(join(house.root, 'first', name))).size).toBeGreaterThan(100);
    expect((await stat(join(house.home, 'certificate-key'))).mode & 0o777).toBe(0o600);
  });

  it('continues the certificate before, with every attempt in between, whatever came of it', async () => {
    expect(await certify('second', '--no-rollback')).toMatchObject({ code: 13 });
    const [first, second] = [(await statementIn('first')).predicate, (await statementIn('second')).predicate];
    expect(second.previous).toMatch(/^sha256:/);
    expect(second.after).toEqual({ sequence: first.attempts.at(-1)?.sequence, hash: first.attempts.at(-1)?.hash });
    const compared = await codectl('certificate', 'diff', file('first'), file('second'));
    expect(compared.stdout).toMatch(/deployment\.rollback +worse/);
  });

  it('no longer holds against another release, and not with another key', async () => {
    await deployed('three');
    const checked = await codectl('certificate', 'verify', file('first'), '--here');
    expect(checked).toMatchObject({ code: 13, stdout: expect.stringContaining('recertification required') as string });
    const key = generateKeyPairSync('ed25519');
    const [secret, open] = [join(house.root, 'alice.pem'), join(house.root, 'alice.pub')];
    await writeFile(secret, key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    await writeFile(open, key.publicKey.export({ type: 'spki', format: 'pem' }));
    const by = (...keys: readonly string[]) => codectl('certificate', 'verify', file('first'), ...keys.flatMap((one) => ['--key', one]));
    const ours = join(house.root, 'first', 'key.pub');
    expect(await by(open)).toMatchObject({ code: 13, stdout: expect.stringContaining('untrusted key') as string });
    expect(await codectl('certificate', 'sign', file('first'), '--key', secret)).toMatchObject({ code: 0 });
    expect(await by(ours, open)).toMatchObject({ code: 0 });
    expect(await by(ours)).toMatchObject({ code: 13 });
  });

  it('takes other criteria, and says what is wrong with them', async () => {
    const printed = await codectl('certify', '--print-criteria');
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining('id: performance.latency.p95') as string });
    await writeFile(join(house.root, 'readiness.yaml'), printed.stdout.replace('weight: critical', 'wieght: critical'));
    const refused = await certify('third', '--criteria', 'readiness.yaml');
    expect(refused).toMatchObject({ code: 2, stdout: expect.stringContaining('did you mean') as string });
  });
});
