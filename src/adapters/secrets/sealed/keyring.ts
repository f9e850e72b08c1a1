// The engine's key in a keyring of the operating system – a desktop's Secret Service, or the kernel's own – asked by the programs that come with them.
import { asCodeError, CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Said } from '../../../platform/process/run.ts';
import { textOf } from '../../../platform/process/run.ts';
import type { KeySource } from './keys.ts';
import { keysFromText } from './keys.ts';

export const keyrings = ['secret-service', 'kernel'] as const;

export interface KeyringOptions {
  readonly keyring: (typeof keyrings)[number];
  /** What the key is called there. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A keyring may ask a person first. */
const patience: Duration = 60_000;
const most = 64 * 1024;
const passedOn = ['PATH', 'HOME', 'USER', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];
const newKey = 'openssl rand -base64 32';

type Run = (command: string, args: readonly string[]) => Promise<Said>;

interface Ring {
  readonly where: (entry: string) => string;
  readonly install: string;
  /** The command that puts a key there. */
  readonly put: (entry: string) => string;
  /** Undefined: there is none. */
  readonly read: (run: Run, entry: string) => Promise<string | undefined>;
}

const rings: Readonly<Record<KeyringOptions['keyring'], Ring>> = {
  'secret-service': {
    where: (entry) => `the Secret Service (${entry})`,
    install: 'Install secret-tool (Debian: apt-get install libsecret-tools).',
    put: (entry) => `${newKey} | secret-tool store --label="codectl ${entry}" service codectl account ${entry}`,
    read: async (run, entry) => {
      const { code, out, err } = await run('secret-tool', ['lookup', 'service', 'codectl', 'account', entry]);
      if (code === 0) return out;
      // It says nothing where it has nothing.
      if (err.trim() === '') return undefined;
      throw refused('secret-tool', err, 'Unlock the keyring, and start the engine in the session that has it.');
    },
  },
  kernel: {
    where: (entry) => `the kernel's keyring (user codectl:${entry})`,
    install: 'Install keyctl (Debian: apt-get install keyutils).',
    // With rights for the user whoever started the session: a service has another than a shell.
    put: (entry) => `keyctl setperm $(${newKey} | keyctl padd user codectl:${entry} @u) 0x3f0b0000`,
    read: async (run, entry) => {
      const found = await run('keyctl', ['search', '@u', 'user', `codectl:${entry}`]);
      if (found.code !== 0 && /not available|ENOKEY/i.test(found.err)) return undefined;
      const read = found.code === 0 ? await run('keyctl', ['pipe', found.out.trim()]) : found;
      if (read.code === 0) return read.out;
      throw refused('keyctl', read.err, `Let its user read it: keyctl setperm ${found.out.trim() || 'ID'} 0x3f0b0000`);
    },
  },
};

/** Never written: what the kernel keeps is gone after the next boot, and no key that opens something may be there alone. */
export function keysInKeyring({ keyring, entry, environment }: KeyringOptions): KeySource {
  const { where, install, put, read } = rings[keyring];
  const env = Object.fromEntries(passedOn.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])));
  const run: Run = async (command, args) => {
    try {
      const program = { command, args, cwd: '/', env: { ...env, LC_ALL: 'C' } };
      return await textOf(program, most, patience, new AbortController().signal);
    } catch (thrown) {
      const { code, message } = asCodeError(thrown);
      throw new CodeError('secrets_locked', `The key of the secrets cannot be read from ${where(entry)}: ${message}`, {
        hint: code === 'source_missing' ? install : 'Unlock the keyring, then start the engine again.',
        cause: thrown,
      });
    }
  };
  return {
    where: where(entry),
    renewal: `Put NEW,OLD there (keys with a comma between; ${newKey} makes one), start the engine again, run this again, and leave OLD out from then on.`,
    read: async () => {
      const text = await read(run, entry);
      if (text !== undefined) return keysFromText(text, where(entry)).read();
      throw new CodeError('secrets_locked', `There is no key of the secrets in ${where(entry)}.`, {
        hint: `Put it there: ${put(entry)}`,
      });
    },
  };
}

function refused(program: string, said: string, hint: string): CodeError {
  return new CodeError('secrets_locked', `${program} gave no key of the secrets: ${said.trim().split('\n').at(-1) ?? ''}`, { hint });
}
