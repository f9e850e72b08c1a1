// The main job on real processes: deploy, roll, roll back, heal, survive.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { because, inTime } from '../kit/deadlines.ts';
import { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';

let house: House;
let directory: string;
beforeAll(async () => {
  house = await House.open();
  directory = join(house.root, 'app');
  await mkdir(directory);
});
afterAll(() => house[Symbol.asyncDispose]());

const server = (version: string, extra = '') => `
const http = require('node:http');
${extra}
http.createServer((request, response) => {
  response.setHeader('x-version', '${version}');
  response.statusCode = request.url === '/healthz' && '${version}'.includes('sick') ? 503 : 200;
  response.end('${version} from ' + process.env.CODE_INSTANCE + '\\n');
}).listen(process.env.PORT, () => console.log('${version} listens'));
`;
const manifest = (deadline: string) => `
application: hello
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { path: /healthz, interval: 100ms, timeout: 30s, passes: 1, fails: 2, deadline: ${deadline} }
    stop: { drain: 30s, grace: 2s }
    strategy: { kind: rolling, bake: 500ms }
    routes: [{ host: hello.localhost, path: / }]
`;

const begin = (deadline = '10m') => house.deploy(manifest(deadline), { web: directory });

async function ship(version: string, extra?: string, deadline?: string) {
  await writeFile(join(directory, 'server.js'), server(version, extra));
  return house.outcome(await begin(deadline));
}
const ask = async (path = '/') => get({ ...(await house.gateway()), path, host: 'hello.localhost' });

describe('an application', () => {
  it('is deployed, routed and ready', async () => {
    expect(await ship('v1')).toMatchObject({ outcome: 'succeeded' });
    expect(await ask()).toMatchObject({ status: 200, body: expect.stringContaining('v1 from web-') });
    expect(await house.service('web')).toMatchObject({ ready: 2, state: 'healthy' });
  });

  it('goes on from its snapshot when the source is edited', async () => {
    await writeFile(join(directory, 'server.js'), 'this is not JavaScript');
    const [victim] = (await house.service('web')).instances;
    process.kill(victim?.pid ?? -1, 'SIGKILL');
    await until(
      () => house.service('web'),
      ({ ready, instances }) => ready === 2 && instances.every((one) => one.id !== victim?.id),
    );
    expect((await ask()).body).toContain('v1');
  });

  it('D-05 serves only the new version after an update', async () => {
    expect(await ship('v2')).toMatchObject({ outcome: 'succeeded' });
    for (let count = 0; count < 20; count += 1) expect((await ask()).body).toContain('v2');
  });

  it('D-01 D-10 keeps the old version when the new one answers 503, and says so with its last log lines', async () => {
    const ended = await inTime(({ deadline }) => ship('v3-sick', '', deadline), because(/answered 503/));
    expect(ended).toMatchObject({ outcome: 'rolled_back' });
    expect(ended.reason).toContain('GET /healthz answered 503');
    expect(ended.last_log).toContain('v3-sick listens');
    expect((await ask()).body).toContain('v2');
  });

  it('fails fast when the command exits at once, and tells its exit code and last words', async () => {
    const ended = await ship('v4', "console.error('cannot open the database'); process.exit(7);");
    expect(ended).toMatchObject({ outcome: 'rolled_back' });
    expect(ended.reason).toContain('exited with code 7');
    expect(ended.last_log).toContain('cannot open the database');
  });

  it('D-09 names the port that was expected and the one that is listened on', async () => {
    await writeFile(join(directory, 'server.js'), "require('node:http').createServer((q, r) => r.end()).listen(0, '127.0.0.1');");
    const told = /expected=\d+ actual=\d+/;
    const ended = await inTime(async ({ deadline }) => house.outcome(await begin(deadline)), because(told));
    expect(ended.reason).toMatch(told);
  });

  it('rolls back to the code of the first release', async () => {
    const plan = await house.call<{ plan_id: string }>('change.rollback_plan', { application: 'hello', environment: 'default', to: '1' });
    const ended = await house.outcome(await house.call('change.apply', { plan_id: plan.plan_id }));
    expect(ended).toMatchObject({ outcome: 'succeeded' });
    expect((await ask()).body).toContain('v1');
  });

  it('serves on while the daemon is dead, and is adopted by the next one', async () => {
    const before = (await house.service('web')).instances.map((one) => one.id).toSorted();
    const gateway = await house.gateway();
    await house.crash();
    expect(await get({ ...gateway, path: '/', host: 'hello.localhost' })).toMatchObject({ status: 200 });
    await house.up();
    expect((await house.service('web')).instances.map((one) => one.id).toSorted()).toEqual(before);
    expect(await house.gateway()).toEqual(gateway);
  });

  it('L-09 finishes a deployment that was under way when the daemon was killed', async () => {
    await writeFile(join(directory, 'server.js'), server('v5'));
    const deployment = await begin();
    await house.crash();
    await house.up();
    expect(await house.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    expect((await ask()).body).toContain('v5');
  });

  it('leaves nothing behind when it is removed', async () => {
    const pids = (await house.service('web')).instances.map((one) => one.pid ?? 0);
    const plan = await house.call<{ plan_id: string }>('change.remove_plan', { application: 'hello', environment: 'default' });
    expect(await house.outcome(await house.call('change.apply', { plan_id: plan.plan_id }))).toMatchObject({ outcome: 'succeeded' });
    expect(await ask()).toMatchObject({ status: 404 });
    for (const pid of pids) await expect(readFile(`/proc/${pid}/stat`)).rejects.toThrow('ENOENT');
  });

  it('has an unbroken audit of all this', async () => {
    expect(await house.call('audit.verify')).toMatchObject({ ok: true });
  });
});
