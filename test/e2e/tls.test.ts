// TLS of the whole product by its command line: the API with an authority of its own, clients with certificates, routes with tls, over restarts.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';
import { ask } from '../tls/kit.ts';

interface GatewayState {
  readonly identity: { readonly pid: number };
}

let house: House;
let project: string;
const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);
/** As from another machine: another home, where nobody trusts our authority. */
const away = (...args: readonly string[]): Promise<Ran> => cli(['--home', join(house.root, 'elsewhere'), ...args], project);
const api = async () => (JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { readonly api: string }).api;

const manifest = `
application: safe
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    routes: [{ host: safe.test, tls: own }]
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 200ms }
    stop: { drain: 30s, grace: 1s }
`;

beforeAll(async () => {
  house = await House.open({
    api_listen: '0.0.0.0:0',
    api_tls: 'own',
    api_names: 'engine.test',
    api_clients: 'certificates',
    gateway_tls_listen: '127.0.0.1:0',
  });
  project = join(house.root, 'safe');
  await mkdir(project);
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(
    join(project, 'server.js'),
    "require('node:http').createServer((q, r) => r.end(q.headers['x-forwarded-proto'])).listen(process.env.PORT);",
  );
});
afterAll(() => house[Symbol.asyncDispose]());

describe('the API at an address that others reach', () => {
  it('lets in whoever has a certificate of a token, as that token, until it is revoked', async () => {
    const url = (await api()).replace('0.0.0.0', '127.0.0.1');
    expect(url).toMatch(/^https:/);
    const { id } = JSON.parse((await run('--json', 'token', 'create', 'laptop', '--allow', 'read')).stdout) as { readonly id: string };
    const file = join(house.root, 'laptop.pem');
    expect(await run('token', 'certify', id, '--out', file)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const known = ['--host', url, '--token-file', file];
    expect(await away('status', ...known)).toMatchObject({ code: 0 });
    const may = await away('token', 'create', 'more', ...known);
    expect([may.code, may.stderr]).toEqual([9, expect.stringContaining('token:laptop')]);
    await run('token', 'revoke', id);
    expect(await away('status', ...known)).toMatchObject({ code: 9, stderr: expect.stringContaining('codectl token certify') });
  });

  it('lets in nobody without one, not even with a token, and is believed by nobody who was not told', async () => {
    const url = (await api()).replace('0.0.0.0', '127.0.0.1');
    const token = join(house.root, 'token');
    await writeFile(token, (await run('token', 'create', 'ci', '--allow', 'read')).stdout);
    expect(await run('status', '--host', url, '--token-file', token)).toMatchObject({
      code: 9,
      stderr: expect.stringContaining('certificate'),
    });
    expect(await away('status', '--host', url, '--token-file', token)).toMatchObject({
      code: 12,
      stderr: expect.stringContaining('not believed'),
    });
  });
});

describe('a route with tls', () => {
  const secure = async () => {
    const { secure: where } = JSON.parse((await run('--json', 'routes')).stdout) as { readonly secure: string };
    return Number(where.split(':')[1]);
  };
  const visit = async () =>
    ask({
      port: await secure(),
      servername: 'safe.test',
      headers: { host: 'safe.test' },
      ca: await readFile(join(house.home, 'tls', 'ca.pem'), 'utf8'),
    });

  it('is served by TLS, told so, and again by the next life of a gateway', async () => {
    const deployed = await run('deploy', '--yes');
    expect([deployed.code, deployed.stdout]).toEqual([0, expect.stringContaining(`https://safe.test:${await secure()}/`)]);
    await until(
      () => visit().catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    expect(await visit()).toMatchObject({ body: 'https' });
    expect((await run('routes')).stdout).toMatch(/safe\.test has a certificate until .* \(own\)\./);
    const before = await readFile(join(house.home, 'tls', 'hosts', 'safe.test.pem'), 'utf8');
    const state = join(house.home, 'gateway', 'gateway.json');
    const { identity } = JSON.parse(await readFile(state, 'utf8')) as GatewayState;
    process.kill(identity.pid, 'SIGKILL');
    const again = async () => (JSON.parse(await readFile(state, 'utf8')) as GatewayState).identity.pid !== identity.pid;
    await until(again, (there) => there);
    await until(
      () => visit().catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    expect(await readFile(join(house.home, 'tls', 'hosts', 'safe.test.pem'), 'utf8')).toBe(before);
  });

  it('that nobody can certify yet is refused when planned, with the next step', async () => {
    await writeFile(join(project, 'other.yaml'), manifest.replace('tls: own', 'tls: acme').replace('safe.test', 'other.test'));
    expect(await run('plan', '-f', 'other.yaml')).toMatchObject({ code: 2, stderr: expect.stringContaining('acme_terms=agreed') });
  });
});

describe('up', () => {
  it('refuses an address that others reach without TLS, whatever else is asked for', async () => {
    const home = join(house.root, 'bare');
    const refused = await cli(['--home', home, 'up', '--set', 'api_listen=0.0.0.0:0', '--set', 'gateway_listen=127.0.0.1:0'], project);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('api_tls=own') });
    // Nothing of it stays: the next start is as if it had not been.
    expect(await readFile(join(home, 'codectl.yaml'), 'utf8').catch(() => 'none')).toBe('none');
  });
});
