// The engine's key: in a file that only its owner reads, or given in the environment. During a rotation there are two, the newer first.
import { stat } from 'node:fs/promises';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import { readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import type { EngineKey } from './envelope.ts';
import { engineKey, keyBytes } from './envelope.ts';

export interface KeySource {
  /** For people. */
  readonly where: string;
  /** The current one first; `undefined` when there are none yet. Errors: `secrets_locked`. */
  read(): Promise<readonly EngineKey[] | undefined>;
  /** Replaces all of them, durably. Absent: they are given from outside. Errors: `disk_full`, `home_unwritable`. */
  write?(keys: readonly EngineKey[]): Promise<void>;
  /** How people replace one that is given; absent: as in the environment. */
  readonly renewal?: string;
}

export function keysInFile(file: string): KeySource {
  return {
    where: file,
    read: async () => {
      await refuseOpen(file);
      const text = await readFileIfExists(file);
      return text === undefined ? undefined : parseKeys(text.split('\n'), file);
    },
    write: (keys) => writeFileAtomic(file, `${keys.map(({ bytes }) => Buffer.from(bytes).toString('base64')).join('\n')}\n`),
  };
}

/** `text`: as the environment has it, with commas between. Read once: whoever starts the engine takes it out of the environment. */
export function keysFromText(text: string, variable: string): KeySource {
  return { where: variable, read: async () => parseKeys(text.split(','), variable) };
}

function parseKeys(lines: readonly string[], where: string): readonly EngineKey[] {
  const texts = lines.map((line) => line.trim()).filter((line) => line !== '');
  const keys = texts.map((text) => Buffer.from(text, 'base64'));
  const whole = keys.length > 0 && keys.every((key, at) => key.length === keyBytes && key.toString('base64') === texts[at]);
  if (whole) return keys.map(engineKey);
  throw new CodeError('secrets_locked', `${where} holds no key for the secrets: expected ${keyBytes} bytes in base64.`, {
    hint: 'Bring the key back from a copy. A new one is made by `openssl rand -base64 32`, but does not open what is sealed already.',
  });
}

/** A key that others may read is no key; who could read it must be told, not silently shut out. */
async function refuseOpen(file: string): Promise<void> {
  const found = await stat(file).catch((thrown: unknown) => {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (!found || (found.mode & 0o077) === 0) return;
  throw new CodeError(
    'secrets_locked',
    `The key of the secrets, ${file}, can be read by others (mode ${(found.mode & 0o777).toString(8)}).`,
    {
      hint: `Run "chmod 600 ${file}" and then, because it may have been read, "codectl secret rotate".`,
    },
  );
}
