// Which login goes to which registry, from files as docker login writes them; and what is said of files that are no such.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loginFor, loginsForBuild } from './logins.ts';

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'codectl-logins-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

const file = async (content: unknown): Promise<string> => {
  const path = join(place, 'config.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
const said = (headers: Readonly<Record<string, string>>, name: string): unknown => {
  const text = headers[name];
  if (text === undefined) return undefined;
  expect(text).toMatch(/^[\w-]+={0,2}$/);
  expect(text.length % 4).toBe(0);
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
};

const auths = {
  'https://index.docker.io/v1/': auth('hub:one'),
  'registry.example:5000': auth('shop:two:with?colons>>'),
  'https://other.example/v2/': { identitytoken: 'a-token' },
};

it.each([
  ['web:2.1', { username: 'hub', password: 'one', serveraddress: 'https://index.docker.io/v1/' }],
  ['docker.io/shop/web', { username: 'hub', password: 'one', serveraddress: 'https://index.docker.io/v1/' }],
  ['registry.example:5000/shop/web@sha256:00', { username: 'shop', password: 'two:with?colons>>', serveraddress: 'registry.example:5000' }],
  ['other.example/web', { identitytoken: 'a-token', serveraddress: 'https://other.example/v2/' }],
  ['registry.example/web', undefined],
  ['registry.example:5000.evil.example/web', undefined],
])('%s', async (reference, expected) => {
  expect(said(await loginFor(await file({ auths }), reference), 'x-registry-auth')).toEqual(expected);
});

it('none without a file, and all of them for a build', async () => {
  expect([await loginFor(undefined, 'web'), await loginsForBuild(undefined)]).toEqual([{}, {}]);
  expect(await loginsForBuild(await file({}))).toEqual({});
  const all = said(await loginsForBuild(await file({ auths })), 'x-registry-config') as Readonly<Record<string, object>>;
  expect(Object.keys(all)).toEqual(Object.keys(auths));
});

it.each([
  [
    'a store for all',
    { auths: { 'registry.example': {} }, credsStore: 'desktop' },
    /docker-credential-desktop, which codectl does not ask/,
  ],
  ['a helper for it', { credHelpers: { 'registry.example': 'gcloud' } }, /docker-credential-gcloud/],
  ['what is no JSON', 'secret-word', /is not a file as docker login writes it/],
  ['another shape', { auths: ['secret-word'] }, /is not a file as docker login writes it/],
])('a file with %s is told, and what it says is not repeated', async (_, content, message) => {
  const refused = loginFor(await file(content), 'registry.example/web');
  await expect(refused).rejects.toMatchObject({ code: 'settings_invalid', message: expect.stringMatching(message) });
  await expect(refused).rejects.not.toThrow(/secret-word/);
});

it('a file that is not there is told with its name', async () => {
  await expect(loginFor(join(place, 'nowhere.json'), 'web')).rejects.toMatchObject({
    message: expect.stringContaining('nowhere.json does not exist'),
  });
});

it('a store does not matter to a registry that nobody logged in to', async () => {
  expect(await loginFor(await file({ auths: {}, credsStore: 'desktop' }), 'registry.example/web')).toEqual({});
});
