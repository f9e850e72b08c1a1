// Two people at two machines, an environment that wants approval, and policies: as they type it, on a real engine.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';

let house: House;
let project: string;
const here = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);

/** Somebody at another machine, with a token that the owner of this one made. */
async function person(name: string, ...rights: readonly string[]): Promise<(...args: readonly string[]) => Promise<Ran>> {
  const made = await here('--json', 'token', 'create', name, ...rights);
  const file = join(house.root, `${name}.token`);
  await writeFile(file, (JSON.parse(made.stdout) as { readonly secret: string }).secret, { mode: 0o600 });
  const { api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { readonly api: string };
  return (...args) => cli(['--host', api, '--token-file', file, ...args], project, { CODE_HOME: join(house.root, 'elsewhere') });
}

beforeAll(async () => {
  house = await House.open();
  project = join(house.root, 'gated');
  await mkdir(project);
  await writeFile(
    join(project, 'code.yaml'),
    `
application: gated
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 0s }
environments:
  production: { runtime: process, approval: required }
`,
  );
  await writeFile(join(project, 'server.js'), "require('node:http').createServer((_, out) => out.end('ok')).listen(process.env.PORT);\n");
});
afterAll(() => house[Symbol.asyncDispose]());

it('is deployed once somebody else has said yes, by people who reach nothing but their application', async () => {
  const alice = await person('alice', '--role', 'operator@gated');
  const bob = await person('bob', '--role', 'approver@gated/production');
  expect(await alice('deploy', '--yes')).toMatchObject({ code: 10 });
  const { plan_id } = JSON.parse((await alice('--json', 'plan')).stdout) as { readonly plan_id: string };
  expect(await alice('apply', plan_id, '--yes')).toMatchObject({ code: 10, stderr: expect.stringContaining('codectl approve') });
  expect(await alice('approve', plan_id, '--yes')).toMatchObject({ code: 9 });
  expect(await bob('apply', plan_id, '--yes')).toMatchObject({ code: 9 });
  expect(await bob('approve', plan_id, '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('approved by token:bob') });
  expect(await alice('apply', plan_id, '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded') });
  expect(await bob('status', '--app', 'gated', '--env', 'production')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('healthy'),
  });
  expect(await alice('token', 'list')).toMatchObject({ code: 9 });
  expect(await bob('audit', 'show')).toMatchObject({ code: 9 });
});

it('keeps policies over a restart, and explains by them', async () => {
  await writeFile(
    join(project, 'own.cedar'),
    '@id("nobody-today") forbid (principal, action == Action::"change.apply", resource) when { resource in Application::"gated" };',
  );
  await writeFile(join(project, 'bad.cedar'), '\n\nforbid (principal, action == Action::"change.aply", resource);');
  expect(await here('policy', 'set', 'own.cedar')).toMatchObject({ code: 0 });
  expect(await here('policy', 'set', 'bad.cedar')).toMatchObject({ code: 2, stderr: expect.stringContaining('bad.cedar:3:') });
  await house.crash();
  await house.up();
  const asked = ['policy', 'explain', 'change.apply', '--as', 'token:alice', '--app', 'gated', '--env', 'production'];
  expect(await here(...asked)).toMatchObject({ code: 9, stdout: expect.stringContaining('nobody-today') });
  await writeFile(join(project, 'cases.yaml'), '- { operation: change.apply, application: gated, environment: production, expect: deny }');
  expect(await here('policy', 'test', 'cases.yaml')).toMatchObject({ code: 0 });
  await writeFile(join(project, 'none.cedar'), '');
  expect(await here('policy', 'test', 'cases.yaml', '--policies', 'none.cedar')).toMatchObject({ code: 1 });
  expect(await here('audit', 'verify')).toMatchObject({ code: 0 });
});
