// Secrets as people use them: set without being seen, given to what is started, told of in plans, never read back.
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';

let house: House;
let project: string;
const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);
const set = (name: string, value: string, ...args: readonly string[]): Promise<Ran> =>
  cli(['--home', house.home, 'secret', 'set', name, ...args], project, {}, value);
const list = async () =>
  (JSON.parse((await run('--json', 'secret', 'list')).stdout) as { secrets: readonly Record<string, unknown>[] }).secrets;

/** Tells what an instance has, in a form in which nobody hides it. */
const tells = (name: string) =>
  `process.stdout.write(require('node:crypto').createHash('md5').update(process.env.${name} ?? '').digest('hex'))`;
const digestOf = async (value: string) => (await import('node:crypto')).createHash('md5').update(value).digest('hex');
const given = async (name: string) => (await run('exec', 'api', '--', 'node', '-e', tells(name))).stdout;

const manifest = `
application: vault
services:
  api:
    run: { command: [node, -e, "setInterval(() => {}, 1000)"] }
    secrets: [DATABASE_URL]
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 1s, grace: 1s }
    probe: { interval: 50ms, passes: 1 }
`;

beforeAll(async () => {
  house = await House.open();
  project = join(house.root, 'vault');
  await mkdir(project);
  await writeFile(join(project, 'code.yaml'), manifest);
});
afterAll(() => house[Symbol.asyncDispose]());

describe('codectl secret', () => {
  it('refuses a deployment whose secret has no value, and says how to give one', async () => {
    const { code, stderr } = await run('deploy', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('vault/default has no value for the secret DATABASE_URL, which api needs.');
    expect(stderr).toContain('codectl secret set DATABASE_URL --app vault --env default');
  });

  it('takes no value as an argument, and does not repeat it', async () => {
    const { code, stdout, stderr } = await run('secret', 'set', 'DATABASE_URL', 'postgres-hunter2');
    expect(code).toBe(2);
    expect(stderr).toContain('Leave it out to be asked');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(await list()).toEqual([]);
  });

  it.each([
    ['', 'No value came on standard input'],
    ['a\0b', 'it has a NUL character in it'],
    ['x'.repeat(65_537), 'it has 65537 bytes, and at most 65536 are kept'],
  ])('refuses what no environment can hold (case %#)', async (value, because) => {
    const { code, stderr } = await set('DATABASE_URL', value);
    expect(code).toBe(2);
    expect(stderr).toContain(because);
    expect(await list()).toEqual([]);
  });

  it('gives what was set to what is started, and tells everything of it but the value', async () => {
    expect((await set('DATABASE_URL', 'postgres://u:first-value@db/x\n')).stdout).toContain(
      'DATABASE_URL is set in vault/default (version 1)',
    );
    expect((await run('deploy', '--yes')).code).toBe(0);
    expect(await given('DATABASE_URL')).toBe(await digestOf('postgres://u:first-value@db/x'));
    const [secret] = await list();
    expect(secret).toMatchObject({ application: 'vault', environment: 'default', name: 'DATABASE_URL', version: 1, used_by: ['api'] });
    expect(JSON.stringify(secret)).not.toContain('first-value');
    expect((await stat(join(house.home, 'secrets.key'))).mode & 0o777).toBe(0o600);
  });

  it('says in a plan what was changed since the instances were started, and a restart gives it to them', async () => {
    const changed = await set('DATABASE_URL', 'second-value');
    expect(changed.stderr).toContain('codectl restart api');
    expect(await given('DATABASE_URL')).toBe(await digestOf('postgres://u:first-value@db/x'));
    expect((await run('plan')).stdout).toContain('api: DATABASE_URL was changed after instances were started');
    expect((await run('restart', 'api', '--yes')).code).toBe(0);
    expect(await given('DATABASE_URL')).toBe(await digestOf('second-value'));
    expect((await run('plan')).stdout).not.toContain('was changed after');
  });

  it('gives it to commands that run once, too', async () => {
    expect((await run('run', 'api', '--', 'node', '-e', tells('DATABASE_URL'))).stdout.trim()).toBe(await digestOf('second-value'));
  });

  it('is not removed while a service needs it', async () => {
    const { code, stderr } = await run('secret', 'remove', 'DATABASE_URL');
    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_URL is needed by api in vault/default.');
  });

  it('has another key after a rotation, and the same values, in the next life of the daemon as well', async () => {
    const before = await readFile(join(house.home, 'secrets.key'), 'utf8');
    expect((await run('secret', 'rotate')).stdout).toContain('2 values were put under it');
    expect(await readFile(join(house.home, 'secrets.key'), 'utf8')).not.toBe(before);
    await house.crash();
    await house.up();
    expect((await run('restart', 'api', '--yes')).code).toBe(0);
    expect(await given('DATABASE_URL')).toBe(await digestOf('second-value'));
  });

  it('warns of a value that is too short to be hidden', async () => {
    expect((await set('PIN', '12345')).stderr).toContain('PIN has fewer than 6 characters');
    expect((await run('secret', 'remove', 'PIN')).stdout).toContain('PIN is removed from vault/default.');
  });

  it('is a file of the instance alone where the manifest says so, in memory, and gone with the instance', async () => {
    await writeFile(join(project, 'tls.key'), 'line one\nline two\n');
    expect((await run('secret', 'set', 'TLS_KEY', '--from-file', 'tls.key')).code).toBe(0);
    await writeFile(join(project, 'code.yaml'), manifest.replace('[DATABASE_URL]', '[DATABASE_URL, { name: TLS_KEY, as: file }]'));
    expect((await run('deploy', '--yes')).code).toBe(0);
    const look = `const { TLS_KEY, TLS_KEY_FILE: file } = process.env, fs = require('node:fs');
      console.log(JSON.stringify([TLS_KEY, file, fs.statSync(file).mode & 0o777, fs.readFileSync(file, 'utf8').split('').reverse().join('')]));`;
    const [inEnvironment, file = '', mode, reversed] = JSON.parse(
      (await run('exec', 'api', '--', 'node', '-e', look)).stdout,
    ) as readonly string[];
    expect([inEnvironment, mode, reversed]).toEqual([null, 0o600, '\nowt enil\neno enil']);
    expect(existsSync('/dev/shm') ? file.startsWith('/dev/shm/codectl-') : file.startsWith(house.home)).toBe(true);
    await writeFile(join(project, 'code.yaml'), manifest);
    expect((await run('deploy', '--yes')).code).toBe(0);
    await until(
      () => existsSync(file),
      (there) => !there,
    );
  });
});
