// The runtime watch on a real house: what an instance does against its manifest is told once, shown, counted, written to the audit, and cleared.
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import type { Peer } from '../outside/kit.ts';
import { peer } from '../outside/kit.ts';

interface Finding {
  readonly kind: string;
  readonly what: string;
  readonly message: string;
}

interface Event {
  readonly kind: string;
  readonly message: string;
  readonly facts?: { readonly finding?: string; readonly what?: string };
}

let house: House;
let project: string;
let hook: Peer;
let place: string;
const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);

/** Does what it is asked to do, and undoes it. */
const program = `
const net = require('node:net');
const { spawn } = require('node:child_process');
let undo = () => undefined;
const deeds = {
  '/listen': () => { const other = net.createServer().listen(0, '127.0.0.1'); return () => other.close(); },
  '/shell': () => { const shell = spawn('/bin/sh', ['-c', 'sleep 600; true'], { detached: true }); return () => process.kill(-shell.pid, 'SIGKILL'); },
  '/connect': (url) => { const one = net.connect(Number(url.searchParams.get('port')), url.searchParams.get('host')); return () => one.destroy(); },
};
require('node:http').createServer((request, response) => {
  const url = new URL(request.url, 'http://here');
  if (url.pathname === '/exit') process.exit(1);
  if (url.pathname === '/undo') undo();
  else if (deeds[url.pathname]) undo = deeds[url.pathname](url);
  response.end('done');
}).listen(process.env.PORT, '127.0.0.1');
`;

const manifest = `
application: watched
services:
  api:
    run: { command: [node, main.js] }
    port: 8080
    routes: [{ host: watched.localhost }]
    egress: [203.0.113.0/24]
    watch: { programs: [git] }
    probe: { interval: 50ms, passes: 1 }
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 1s, grace: 1s }
    restart: { delay: 10ms, max_delay: 10ms }
`;

const findings = async (): Promise<readonly Finding[]> => {
  const { environments } = await house.call<{ environments: readonly { watch?: { findings: readonly Finding[] } }[] }>('apps.status');
  return environments.flatMap((one) => one.watch?.findings ?? []);
};
const events = async (): Promise<readonly Event[]> =>
  (await run('events', '--json')).stdout
    .split('\n')
    .flatMap((line) => (line.startsWith('{"') && line.includes('"watch.') ? [JSON.parse(line) as Event] : []));
const ask = async (path: string) => get({ host: 'watched.localhost', port: (await house.gateway()).port, path });

beforeAll(async () => {
  hook = await peer(() => ({ status: 204 }));
  place = await mkdtemp(join(tmpdir(), 'codectl-test-'));
  await writeFile(join(place, 'url'), `${hook.url}/hook`);
  const channels = JSON.stringify([
    { name: 'ops', kind: 'webhook', url_file: join(place, 'url'), watch: 'critical', application: 'watched' },
  ]);
  house = await House.open({ watch_every: '100ms', channels });
  project = join(house.root, 'watched');
  await mkdir(project);
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(join(project, 'main.js'), program);
  expect((await run('deploy', '--yes')).code).toBe(0);
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await hook.close();
  await rm(place, { recursive: true });
});

/** Told once as it appears and once as it goes, however often it is looked at. */
async function comesAndGoes(kind: string, path: string, what: RegExp): Promise<void> {
  await ask(path);
  const [found] = await until(
    async () => (await findings()).filter((one) => one.kind === kind && what.test(one.what)),
    (all) => all.length > 0,
  );
  expect(found?.what).toMatch(what);
  await ask('/undo');
  await until(findings, (all) => !all.some((one) => one.kind === kind));
  const told = (await events()).filter(({ facts }) => facts?.finding === kind && what.test(facts.what ?? ''));
  expect(told.map((one) => one.kind)).toEqual(['watch.found', 'watch.cleared']);
  expect(told[0]?.message).toBe(found?.message);
}

const linux = process.platform === 'linux';
const elsewhere = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

describe.skipIf(!linux)(`the runtime watch${linux ? '' : ' (skipped: there is no /proc)'}`, () => {
  it('finds nothing in a service that does what its manifest says', async () => {
    await ask('/');
    expect(await findings()).toEqual([]);
  });

  it('tells of a port that the manifest does not name', () => comesAndGoes('unexpected_port', '/listen', /^\d+$/));

  it('tells of a shell', () => comesAndGoes('unexpected_program', '/shell', /\/(?:sh|dash|bash|busybox)$/));

  it.skipIf(elsewhere === undefined)(
    `tells of a connection that egress does not name${elsewhere === undefined ? ' (skipped: this machine has loopback only)' : ''}`,
    async () => {
      const server = createServer().listen(0, elsewhere);
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      try {
        await comesAndGoes('unexpected_connection', `/connect?host=${elsewhere}&port=${port}`, new RegExp(`^${elsewhere}:${port}$`));
      } finally {
        server.close();
      }
    },
  );

  it('tells of a storm of restarts', async () => {
    await until(
      async () => {
        await ask('/exit').catch(() => undefined);
        return findings();
      },
      (all) => all.some(({ kind }) => kind === 'restart_storm'),
      undefined,
      200,
    );
    expect((await run('status')).stdout).toMatch(/watch: critical: api ended by itself \d+ times in 10m/);
    const told = await until(
      () => hook.heard.map(({ body }) => (JSON.parse(body) as { data: { text: string; severity: string; from: string } }).data),
      (all) => all.some(({ text }) => text.includes('ended by itself')),
    );
    expect(told.at(-1)).toMatchObject({ severity: 'critical', from: 'engine:watch' });
    expect(hook.heard.every(({ headers }) => String(headers['webhook-signature']).startsWith('v1,'))).toBe(true);
  });

  it('counts what it found, writes it to the audit, and goes on when it is off', async () => {
    const { secret } = await house.call<{ secret: string }>('tokens.create', { name: 'prometheus', effects: ['read'] });
    const { api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { api: string };
    const text = await (await fetch(`${api}/metrics`, { headers: { authorization: `Bearer ${secret}` } })).text();
    expect(text).toMatch(
      /codectl_watch_findings_total\{application="watched",environment="default",service="api",kind="unexpected_port",severity="warning"\} [1-9]/,
    );
    expect(text).toMatch(/codectl_watch_open\{[^}]*kind="restart_storm",severity="critical"\} 1/);
    const { records } = await house.call<{ records: readonly { operation: string; phase: string }[] }>('audit.show', {
      after: 0,
      limit: 1000,
    });
    expect(records.filter(({ phase }) => phase === 'action').map(({ operation }) => operation)).toContain('watch.found');
  });

  it('leaves an audit that is proved by its export and the public key alone, and not when it was falsified', async () => {
    const exported = await run('audit', 'export');
    expect(exported.code).toBe(0);
    const [head = '', ...lines] = exported.stdout.trimEnd().split('\n');
    await writeFile(join(project, 'audit.jsonl'), exported.stdout);
    await writeFile(join(project, 'forged.jsonl'), [head, ...lines.filter((line) => !line.includes('"watch.found"'))].join('\n'));
    await writeFile(join(project, 'key.pub'), (await run('audit', 'key')).stdout);
    await writeFile(join(project, 'last.json'), (await run('audit', 'checkpoint')).stdout);
    const offline = (...args: readonly string[]) =>
      cli(['audit', 'verify', ...args, '--key', 'key.pub'], project, { CODE_HOME: '/nonexistent' });
    expect(await offline('audit.jsonl')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^All \d+ records/) });
    expect(await offline('forged.jsonl')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^deletion: Records? \d+/) });
    expect(await offline('audit.jsonl', '--checkpoint', 'key.pub')).toMatchObject({ code: 2 });
    expect((await run('audit', 'export', '--format', 'cef')).stdout).toMatch(/^CEF:0\|CODE\|codectl\|/);
    expect((await run('audit', 'verify')).code).toBe(0);
  });
});
