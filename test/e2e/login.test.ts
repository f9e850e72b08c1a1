// People at other machines log in as they type it: a code in a browser, a session in a file, and what ends it, on a real engine and a real provider.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser, confirmDevice } from '../identity/browser.ts';
import type { TestProvider } from '../identity/provider.ts';
import { client, openProvider } from '../identity/provider.ts';
import type { Ran } from '../kit/cli.ts';
import { cli, startCli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';

let provider: TestProvider;
let house: House;
let api: string;
let elsewhere: string;
const here = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], house.root);
const there = (...args: readonly string[]): readonly string[] => ['--home', elsewhere, '--host', api, ...args];

beforeAll(async () => {
  provider = await openProvider();
  provider.lies['/device/auth'] = (_, body) => void (body['interval'] = 1);
  const login_providers = JSON.stringify([
    {
      name: 'corp',
      issuer: provider.issuer,
      client_id: client.id,
      client_secret_env: 'TEST_CLIENT_SECRET',
      scopes: ['email', 'groups'],
      roles: [{ role: 'operator', group: 'shop' }],
    },
  ]);
  house = await House.open({ login_providers }, { TEST_CLIENT_SECRET: client.secret });
  ({ api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { readonly api: string });
  elsewhere = join(house.root, 'elsewhere');
  await mkdir(elsewhere);
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await provider.stop();
});

async function logIn(person: string): Promise<Ran> {
  provider.person = person;
  const running = startCli(there('login'), elsewhere);
  const said = await until(
    () => /or open (\S+)/.exec(running.seen())?.[1],
    (seen) => seen !== undefined,
  );
  await confirmDevice(new Browser(), said ?? '');
  return running.done;
}

it('works from the code to the end of the session', async () => {
  expect(await cli(there('whoami'), elsewhere)).toMatchObject({ code: 9, stderr: expect.stringContaining('codectl login') });
  expect(await logIn('a1')).toMatchObject({ code: 0, stdout: expect.stringContaining('person:alice@example.org') });
  const file = join(elsewhere, 'sessions.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await cli(there('whoami'), elsewhere)).toMatchObject({ code: 0, stdout: 'person:alice@example.org (operator)\n' });
  expect(await cli(there('sessions', 'list'), elsewhere)).toMatchObject({ code: 9 });
  const list = JSON.parse((await here('--json', 'sessions', 'list')).stdout) as {
    readonly sessions: readonly { readonly principal: string }[];
  };
  expect(list.sessions).toMatchObject([{ principal: 'person:alice@example.org', provider: 'corp', way: 'device', live: true }]);

  expect(await cli(there('logout'), elsewhere)).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({});
  expect(await cli(there('logout'), elsewhere)).toMatchObject({ code: 2 });

  expect(await logIn('a1')).toMatchObject({ code: 0 });
  expect(await here('sessions', 'revoke', 'alice@example.org')).toMatchObject({ code: 0 });
  expect(await cli(there('whoami'), elsewhere)).toMatchObject({ code: 9, stderr: expect.stringContaining('session is over') });
});

it('is refused to whom nothing is granted, and where there is nothing to log in to', async () => {
  expect(await logIn('b2')).toMatchObject({ code: 9, stderr: expect.stringContaining('nothing here is granted') });
  expect(await here('login')).toMatchObject({ code: 2, stderr: expect.stringContaining('--host') });
  expect((await here('whoami')).stdout).toMatch(/^user:\S+ \(read, plan, write, destroy, admin\)\n$/);
});

it('shows the providers among the settings, without a secret', async () => {
  const { settings } = await house.call<{ settings: Readonly<Record<string, string>> }>('system.settings');
  expect(settings['login_providers']).toContain(provider.issuer);
  expect(JSON.stringify(settings)).not.toContain(client.secret);
  expect(house.log).not.toContain(client.secret);
});

it('names a wrong setting with its place', async () => {
  const wrong = join(house.root, 'wrong');
  await mkdir(wrong);
  await writeFile(join(wrong, 'codectl.yaml'), 'login_providers:\n  - { name: corp, issuer: "http://example.org", client_id: x }\n');
  const up = await cli(['--home', wrong, 'up'], wrong);
  expect(up).toMatchObject({ code: 2, stderr: expect.stringContaining('login_providers.0.issuer: expected https://') });
});
