// Bad input: a clear error that names the thing and the next command, the right exit code, and nothing lost or left running.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli, startCli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';

let house: House;
let project: string;
let count = 0;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house[Symbol.asyncDispose]());
beforeEach(async () => {
  count += 1;
  project = join(house.root, `project-${count}`);
  await mkdir(project);
});

const good = `
require('node:http').createServer((request, response) => response.end('ok\\n')).listen(process.env.PORT);
`;
/** Listens once the file `go` is there. */
const gated = `const look = () => require('node:fs').existsSync('go-file') ? start() : setTimeout(look, 20); look();
function start() { ${good} }`;
const gatedAt = (go: string, says = 'ok') => gated.replace('go-file', go).replace('ok\\n', `${says}\\n`);
const service = (more: string, app = 'bad') => `
application: ${app}
services:
  web:
    port: 8080
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 300ms }
    stop: { drain: 1s, grace: 1s }
${more}`;
const runs = '    run: { command: [node, server.js] }';

async function deploy(manifest: string, code = good, flags: readonly string[] = []): Promise<Ran> {
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(join(project, 'server.js'), code);
  return cli(['--home', house.home, 'deploy', '--yes', ...flags], project);
}
const instances = async () =>
  (
    await house.call<{ environments: readonly { services: readonly { instances: readonly unknown[] }[] }[] }>('apps.status')
  ).environments.flatMap((one) => one.services.flatMap((service) => service.instances));

describe('a manifest', () => {
  it('that refers to itself a billion times is refused at once', async () => {
    const laughs = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`),
    ].join('\n');
    const ran = await deploy(laughs);
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain('code.yaml');
  });

  it('of 50 MB is refused without being parsed', async () => {
    const ran = await deploy(`application: big\n#${'x'.repeat(50 * 1024 * 1024)}`);
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toMatch(/256 ?KiB/);
  });

  it('with an unknown key names its line, its column and the nearest known key', async () => {
    const ran = await deploy(service(`${runs}\n    replica: 2`));
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain('code.yaml:10:5 services.web.replica');
    expect(ran.stderr).toContain('replicas');
  });

  it('with a wrong type says what it got and what it expects', async () => {
    const ran = await deploy(service(`${runs}\n    replicas: many`));
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toMatch(/replicas.*many/);
  });

  it('that is not there is told with the command that writes one', async () => {
    const ran = await cli(['--home', house.home, 'deploy', '--yes'], project);
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain('codectl init');
  });

  it('that asks for what this version cannot do is refused by name', async () => {
    const ran = await deploy(service('    image: shop/web:2.1'));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('services.web.image');
  });
});

describe('a service', () => {
  it('whose directory does not exist is refused with the path', async () => {
    const ran = await deploy(service('    run: { command: [node, server.js], directory: ./nowhere }'));
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain('nowhere');
  });

  it('whose directory is a link out of the project is refused with where it leads', async () => {
    await symlink('/etc', join(project, 'elsewhere'));
    const ran = await deploy(service('    run: { command: [node, server.js], directory: ./elsewhere }'));
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain('/etc');
  });

  it('whose command does not exist fails with its name, and leaves no instance', async () => {
    const ran = await deploy(service('    run: { command: [nodde, server.js] }', 'nocommand'));
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stdout + ran.stderr).toContain('nodde');
    expect(await instances()).toEqual([]);
  });

  it('whose command exits at once fails with its exit code and last words, and leaves no instance', async () => {
    const ran = await deploy(service(runs, 'exits'), "console.error('no such table: orders'); process.exit(9)");
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stdout + ran.stderr).toContain('exited with code 9');
    expect(ran.stdout + ran.stderr).toContain('no such table: orders');
    expect(await instances()).toEqual([]);
  });

  it('whose route belongs to another application is refused and told whose it is', async () => {
    const route = `${runs}\n    routes: [{ host: taken.localhost, path: / }]`;
    expect(await deploy(service(route, 'owner'))).toMatchObject({ code: 0 });
    const ran = await deploy(service(route, 'thief'));
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toContain('owner/default/web');
  });
});

describe('two deploys of one application at once', () => {
  it('end with one that lives and one that says why it does not', async () => {
    await deploy(service(runs, 'twice'));
    const second = join(house.root, 'second');
    await mkdir(second);
    const go = join(house.root, 'go-twice');
    for (const [directory, reply] of [
      [project, 'one'],
      [second, 'two'],
    ] as const) {
      await writeFile(join(directory, 'code.yaml'), service(runs, 'twice'));
      await writeFile(join(directory, 'server.js'), gatedAt(go, reply));
    }
    const running = [project, second].map((directory) => cli(['--home', house.home, 'deploy', '--yes'], directory));
    // Neither comes to its end by itself: the first that does has lost.
    await Promise.race(running);
    await writeFile(go, '');
    const both = await Promise.all(running);
    const codes = both.map((one) => one.code).toSorted((a, b) => a - b);
    expect([
      [0, 7],
      [0, 11],
    ]).toContainEqual(codes);
    expect(await house.service('web', 'twice')).toMatchObject({ ready: 1, state: 'healthy' });
  });
});

describe('a manifest and a source that change during a deploy', () => {
  it('do not change what was planned', async () => {
    await writeFile(join(project, 'code.yaml'), service(runs, 'changing'));
    const go = join(house.root, 'go-changing');
    await writeFile(join(project, 'server.js'), gatedAt(go));
    const running = startCli(['--home', house.home, 'deploy', '--yes'], project);
    await until(running.seen, (text) => text.includes('started by'));
    await writeFile(join(project, 'code.yaml'), 'application: [');
    await writeFile(join(project, 'server.js'), 'this is no program');
    await writeFile(go, '');
    expect(await running.done).toMatchObject({ code: 0 });
    expect(await house.service('web', 'changing')).toMatchObject({ ready: 1, state: 'healthy' });
  });
});

describe('an interrupt', () => {
  it('leaves the deployment to the daemon and says how to abort it', async () => {
    await writeFile(join(project, 'code.yaml'), service(runs, 'interrupted'));
    const go = join(house.root, 'go-interrupted');
    await writeFile(join(project, 'server.js'), gatedAt(go));
    const running = startCli(['--home', house.home, 'deploy', '--yes'], project);
    await until(running.seen, (text) => text.includes('started by'));
    running.interrupt();
    const ran = await running.done;
    expect(ran.code).toBe(130);
    expect(ran.stdout + ran.stderr).toContain('codectl abort');
    await writeFile(go, '');
    expect(await house.outcome({ id: 'interrupted-default-1' })).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('no daemon', () => {
  it('is told with the command that starts one', async () => {
    const ran = await cli(['--home', join(house.root, 'empty'), 'status'], project);
    expect(ran).toMatchObject({ code: 12 });
    expect(ran.stderr).toContain('codectl up');
  });

  it('that dies in the middle of a deploy is waited for, and the deployment is not lost', async () => {
    await deploy(service(runs, 'survivor'));
    const go = join(house.root, 'go-survivor');
    await writeFile(join(project, 'server.js'), gatedAt(go));
    const running = startCli(['--home', house.home, 'deploy', '--yes'], project);
    await until(running.seen, (text) => text.includes('survivor-default-2 started'));
    await house.crash();
    await until(running.seen, (text) => text.includes('the deployment is not lost'));
    await house.up();
    await writeFile(go, '');
    expect(await running.done).toMatchObject({ code: 0, stdout: expect.stringContaining('survivor-default-2 succeeded') });
  });

  it('can be started when its port is taken: the error names the port and the setting', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as AddressInfo;
    const home = join(house.root, 'squatted');
    try {
      for (const setting of ['gateway_listen', 'api_listen']) {
        const other = setting === 'api_listen' ? 'gateway_listen' : 'api_listen';
        const ran = await cli(['--home', home, 'up', '--set', `${setting}=127.0.0.1:${port}`, '--set', `${other}=127.0.0.1:0`], project);
        expect(ran.code).toBe(1);
        expect(ran.stderr).toContain(String(port));
        expect(ran.stderr).toContain(setting);
      }
      expect(await programsOf(home)).toEqual([]);
    } finally {
      squatter.close();
      await cli(['--home', home, 'down', '--all', '--yes'], project);
    }
  });
});

describe.runIf(process.getuid?.() === 0)('a disk', () => {
  const mounted = async (options: string, work: (path: string) => Promise<void>) => {
    const path = join(house.root, `mount-${count}`);
    await mkdir(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
    try {
      await work(path);
    } finally {
      execFileSync('umount', ['-l', path]);
    }
  };
  const up = (home: string) =>
    cli(['--home', home, 'up', '--set', 'gateway_listen=127.0.0.1:0', '--set', 'api_listen=127.0.0.1:0'], project);

  it('that is read-only is named, and nothing is started', async () => {
    await mounted('ro', async (path) => {
      const ran = await up(join(path, 'home'));
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain(path);
      expect(ran.stderr).toMatch(/read-only|not writable|cannot be written|may not write/i);
    });
  });

  it('that is full is named, and what was acknowledged before is kept', async () => {
    await mounted('size=3m', async (path) => {
      const home = join(path, 'home');
      try {
        expect(await up(home)).toMatchObject({ code: 0 });
        await writeFile(join(project, 'code.yaml'), service(runs, 'full'));
        await writeFile(join(project, 'server.js'), `${good}//${'x'.repeat(4 * 1024 * 1024)}`);
        const ran = await cli(['--home', home, 'deploy', '--yes'], project);
        expect(ran.code).toBe(1);
        expect(ran.stderr).toMatch(/full|No space/i);
        expect(await cli(['--home', home, 'status'], project)).toMatchObject({ code: 0 });
      } finally {
        await cli(['--home', home, 'down', '--all', '--yes'], project);
      }
    });
  });
});

/** Command lines of processes that name a home. */
async function programsOf(home: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(home));
}
