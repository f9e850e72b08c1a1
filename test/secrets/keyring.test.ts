// The engine's key in a keyring of the operating system, read by the programs that belong to it; and what is said where there is none.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keysInKeyring } from '../../src/adapters/secrets/sealed/keyring.ts';
import { SealedSecrets } from '../../src/adapters/secrets/sealed/sealed.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import { keyringOf } from '../../src/main/secrets/settings.ts';

const environment = process.env;
const scope = { application: 'shop', environment: 'live' };
const entry = `test-${randomBytes(6).toString('hex')}`;
const aKey = () => randomBytes(32).toString('base64');

/** Why the kernel's keyring cannot be had here. */
function whyNoKernel(): string | undefined {
  const { error, status, stderr } = spawnSync('keyctl', ['show', '@u'], { encoding: 'utf8' });
  if (error) return 'keyctl is not installed (Debian: apt-get install keyutils)';
  return status === 0 ? undefined : `keyctl: ${stderr.trim()}`;
}
const noKernel = whyNoKernel();
const onKernel = noKernel === undefined ? 'in the kernel’s keyring' : `in the kernel’s keyring (skipped: ${noKernel})`;

/** As the hint says. */
function put(text: string): void {
  const id = execFileSync('keyctl', ['padd', 'user', `codectl:${entry}`, '@u'], { input: text, encoding: 'utf8' }).trim();
  execFileSync('keyctl', ['setperm', id, '0x3f0b0000']);
  onTestFinished(() => void spawnSync('keyctl', ['unlink', id, '@u']));
}

async function opened(store: Awaited<ReturnType<typeof aStore>>) {
  const { secrets, problem } = await SealedSecrets.open({
    ...store,
    clock: new ManualClock(0),
    keys: keysInKeyring({ keyring: 'kernel', entry, environment }),
    redactor: new Redactor(),
  });
  expect(problem).toBeUndefined();
  return secrets;
}

async function aStore() {
  const store = openMemoryStore();
  const lease = await store.acquireLease('engine', 'test', 0, Number.MAX_SAFE_INTEGER);
  return { store, fence: () => ({ name: 'engine', token: lease?.token ?? 0 }) };
}

describe.skipIf(noKernel !== undefined)(onKernel, () => {
  it('a key opens the secrets, in the next life as well, and is replaced as one that was given is', async () => {
    const [older, newer] = [aKey(), aKey()];
    put(`${older}\n`);
    const store = await aStore();
    const first = await opened(store);
    await first.set({ scope, name: 'A', value: 'canary-a', by: 'user:x' });
    expect(await (await opened(store)).values(scope, ['A'])).toEqual({ A: 'canary-a' });
    await expect(first.rotate()).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('Put NEW,OLD there') });
    put(`${newer},${older}\n`);
    expect(await (await opened(store)).rotate()).toMatchObject({ rewrapped: 1 });
    put(newer);
    expect(await (await opened(store)).values(scope, ['A'])).toEqual({ A: 'canary-a' });
  });

  it('that has no key, or something else, is told with the next command, and nothing is made up', async () => {
    const keys = keysInKeyring({ keyring: 'kernel', entry, environment });
    await expect(keys.read()).rejects.toMatchObject({
      code: 'secrets_locked',
      message: expect.stringContaining(`codectl:${entry}`),
      hint: expect.stringContaining(`keyctl padd user codectl:${entry} @u`),
    });
    expect(keys.write).toBeUndefined();
    put('not-a-key-but-confidential');
    const wrong = await keys.read().catch((thrown: unknown) => thrown);
    expect(wrong).toMatchObject({ code: 'secrets_locked', message: expect.stringContaining('holds no key') });
    expect(JSON.stringify([wrong, String(wrong)])).not.toContain('confidential');
  });
});

describe('a keyring that is not there', () => {
  it.each([
    ['kernel', 'apt-get install keyutils'],
    ['secret-service', 'apt-get install libsecret-tools'],
  ] as const)('(%s) is told with what to install', async (keyring, hint) => {
    await expect(keysInKeyring({ keyring, entry, environment: { PATH: '/nowhere' } }).read()).rejects.toMatchObject({
      code: 'secrets_locked',
      message: expect.stringContaining('cannot be read'),
      hint: expect.stringContaining(hint),
    });
  });

  const noTool = spawnSync('secret-tool', []).error !== undefined;
  it.skipIf(noTool)(`is told, where no Secret Service runs${noTool ? ' (skipped: secret-tool is not installed)' : ''}`, async () => {
    // An address at which nobody answers.
    const alone = { PATH: environment['PATH'], DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/at/all' };
    await expect(keysInKeyring({ keyring: 'secret-service', entry, environment: alone }).read()).rejects.toMatchObject({
      code: 'secrets_locked',
      message: expect.stringContaining('secret-tool gave no key'),
      hint: expect.stringContaining('Unlock the keyring'),
    });
  });
});

describe('the setting', () => {
  const of = (secrets_keyring: string) =>
    keyringOf({ secrets_keyring, secrets_key_file: '', kubernetes_secrets: 'off', kubernetes_secrets_namespace: '' });

  it('names a keyring, and what the key is called there', () => {
    expect(of('')).toBeUndefined();
    expect(of('kernel')).toEqual({ keyring: 'kernel', entry: 'codectl' });
    expect(of('secret-service/other')).toEqual({ keyring: 'secret-service', entry: 'other' });
  });
});
