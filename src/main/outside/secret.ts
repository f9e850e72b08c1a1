// Credentials for what is outside: read from a file when they are needed, or taken out of the environment when the daemon starts.
import { CodeError } from '../../base/errors.ts';
import { readFileIfExists } from '../../platform/files.ts';

export interface SecretPlace {
  /** For messages: `repository shop`. */
  readonly of: string;
  readonly file?: string | undefined;
  readonly variable?: string | undefined;
}

/** `undefined`: none is named. Errors: `settings_invalid`. */
export function secretAt({ of, file, variable }: SecretPlace): () => Promise<string | undefined> {
  if (variable !== undefined) {
    const given = process.env[variable];
    // No child may see it.
    delete process.env[variable];
    return async () => given ?? missing(of, `$${variable} is not set in the environment of the daemon`);
  }
  if (file === undefined) return async () => undefined;
  return async () => {
    const value = (await readFileIfExists(file))?.trim();
    return value === undefined || value === '' ? missing(of, `${file} is not there, or empty`) : value;
  };
}

export function required(of: string, read: () => Promise<string | undefined>): () => Promise<string> {
  return async () => (await read()) ?? missing(of, 'no file and no variable is named for it');
}

function missing(of: string, because: string): never {
  throw new CodeError('settings_invalid', `The credential of ${of} is missing: ${because}.`, {
    hint: 'Put it there, or correct the settings.',
  });
}
