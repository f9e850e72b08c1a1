// The engine's key in a keyring of the operating system, read by the programs that belong to it; and what is said where there is none.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keysInKeyring } from '../../src/adapters/secrets/sealed/keyring.ts';
import { SealedSecrets } from '../../src/adapters/secrets/sealed/sealed.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import { keyringOf } from '../../src/main/secrets/settings.ts';
import { until } from '../kit/until.ts';

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

/** Why no Secret Service can be had here. */
const programs = { 'secret-tool': 'libsecret-tools', 'gnome-keyring-daemon': 'gnome-keyring', 'dbus-daemon': 'dbus' };
const lacking = Object.entries(programs).find(([program]) => spawnSync(program, ['--version']).error !== undefined);
const onService = lacking ? `in a Secret Service (skipped: ${lacking[0]} is not installed; Debian: ${lacking[1]})` : 'in a Secret Service';

/** A bus that starts nothing by itself: otherwise a first question would start a service that is locked. */
const busOf = (home: string): string => `<busconfig><type>session</type><listen>unix:dir=${home}</listen>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`;

/** One of these tests' own, which is unlocked; resolves with the environment of its session. */
async function aSecretService(): Promise<NodeJS.ProcessEnv> {
  const home = await mkdtemp(join(tmpdir(), 'codectl-keyring-'));
  await writeFile(join(home, 'bus.conf'), busOf(home));
  const words = [`--config-file=${join(home, 'bus.conf')}`, '--nofork', '--nopidfile', '--print-address'];
  const bus = spawn('dbus-daemon', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [address] = (await once(bus.stdout.setEncoding('utf8'), 'data')) as [string];
  const session = { PATH: environment['PATH'], HOME: home, XDG_RUNTIME_DIR: home, DBUS_SESSION_BUS_ADDRESS: address.trim() };
  const daemon = spawn('gnome-keyring-daemon', ['--unlock', '--components=secrets', '--foreground'], {
    env: session,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  daemon.stdin.end('the password of a test');
  onTestFinished(async () => {
    for (const one of [daemon, bus]) {
      if (one.exitCode !== null || one.signalCode !== null) continue;
      const gone = once(one, 'exit');
      one.kill();
      await gone;
    }
    await rm(home, { recursive: true, force: true });
  });
  // It answers that it has nothing as soon as it is there.
  await until(
    () => spawnSync('secret-tool', ['lookup', 'service', 'codectl', 'account', 'nothing'], { env: session, encoding: 'utf8' }),
    ({ status, stderr }) => status === 1 && stderr === '',
  );
  return session;
}

describe.skipIf(lacking !== undefined)(onService, () => {
  it('a key is read as its hint has it put there, and one that is missing is told', async () => {
    const session = await aSecretService();
    const keys = keysInKeyring({ keyring: 'secret-service', entry, environment: session });
    await expect(keys.read()).rejects.toMatchObject({
      code: 'secrets_locked',
      hint: expect.stringContaining(`secret-tool store --label="codectl ${entry}" service codectl account ${entry}`),
    });
    const words = ['store', `--label=codectl ${entry}`, 'service', 'codectl', 'account', entry];
    execFileSync('secret-tool', words, { env: session, input: aKey() });
    expect(await keys.read()).toHaveLength(1);
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
