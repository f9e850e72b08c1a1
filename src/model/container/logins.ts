// Logins to registries, as `docker login` writes them into a file: whose they are, and what is said of a file that is none.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { jsonIn } from '../../base/json.ts';

const login = z.looseObject({
  /** `USER:PASSWORD` in base64. */
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
});
const logins = z.looseObject({
  /** By registry, or the URL of one. */
  auths: z.record(z.string(), login).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

export type Login = z.infer<typeof login>;
type Logins = z.infer<typeof logins>;

/** `read` gives the text of a file, undefined where there is none. Errors: `settings_invalid`. */
export async function readLogins(file: string, read: (file: string) => Promise<string | undefined>): Promise<Logins> {
  const text = await read(file).catch((thrown: unknown) => {
    throw wrong(file, 'cannot be read', thrown);
  });
  if (text === undefined) throw wrong(file, 'does not exist');
  const parsed = logins.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  // What it says is not repeated: it holds passwords.
  throw wrong(file, 'is not a file as docker login writes it');
}

/** Under its own key, or that of a URL of the same host. */
export function entryOf<T>(entries: Readonly<Record<string, T>>, registry: string): readonly [key: string, found: T] | undefined {
  return Object.entries(entries).find(([key]) => hostOf(key) === registry);
}

function wrong(file: string, what: string, cause?: unknown): CodeError {
  const hint = 'Name the config.json that docker login writes for the user of the daemon, or take docker_config out of the settings.';
  return new CodeError('settings_invalid', `docker_config: ${file} ${what}.`, { hint, cause });
}

/** Keys may be URLs; the one of docker.io is an old one. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}
