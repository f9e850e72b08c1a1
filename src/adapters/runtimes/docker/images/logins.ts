// Logins to registries, from a file as `docker login` writes it: read for each request that needs one, so that a new login counts at once.
import { z } from 'zod';
import { CodeError } from '../../../../base/errors.ts';
import { parseReference } from '../../../../model/container/reference.ts';
import { readFileIfExists } from '../../../../platform/files.ts';

/** The Engine takes them in headers, and sends each to its own registry only. */
type Headers = Readonly<Record<string, string>>;
type Login = z.infer<typeof login>;

const login = z.looseObject({
  /** `USER:PASSWORD` in base64. */
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
});
const logins = z.looseObject({
  auths: z.record(z.string(), login).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

/** For what is asked of the registry of one image. `file`: absent for no logins at all. Errors: `settings_invalid`. */
export async function loginFor(file: string | undefined, reference: string): Promise<Headers> {
  if (file === undefined) return {};
  const { registry } = parseReference(reference);
  const { auths, credHelpers, credsStore } = await read(file);
  const [key, found] = Object.entries(auths).find(([name]) => hostOf(name) === registry) ?? [];
  const told = key !== undefined && found ? sayable(key, found) : undefined;
  if (told) return { 'x-registry-auth': encoded(told) };
  const helper = Object.entries(credHelpers).find(([name]) => hostOf(name) === registry)?.[1] ?? (found && credsStore);
  if (helper === undefined || helper === '') return {};
  throw new CodeError(
    'settings_invalid',
    `${file} leaves the login to ${registry} to docker-credential-${helper}, which codectl does not ask.`,
    {
      hint: `Write a file that holds the login itself (docker --config DIR login ${registry}, in an empty DIR), and set docker_config to DIR/config.json.`,
    },
  );
}

/** For a build, whose images may come from any registry. Errors: `settings_invalid`. */
export async function loginsForBuild(file: string | undefined): Promise<Headers> {
  if (file === undefined) return {};
  const { auths } = await read(file);
  const told = Object.entries(auths).flatMap(([name, one]) => {
    const said = sayable(name, one);
    return said ? [[name, said] as const] : [];
  });
  return told.length === 0 ? {} : { 'x-registry-config': encoded(Object.fromEntries(told)) };
}

async function read(file: string): Promise<z.infer<typeof logins>> {
  const text = await readFileIfExists(file).catch((thrown: unknown) => {
    throw wrong(file, 'cannot be read', thrown);
  });
  if (text === undefined) throw wrong(file, 'does not exist');
  const parsed = logins.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  // What it says is not repeated: it holds passwords.
  throw wrong(file, 'is not a file as docker login writes it');
}

function wrong(file: string, what: string, cause?: unknown): CodeError {
  const hint = 'Name the config.json that docker login writes for the user of the daemon, or take docker_config out of the settings.';
  return new CodeError('settings_invalid', `docker_config: ${file} ${what}.`, { hint, cause });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As the Engine takes one; undefined where the file does not hold it itself. */
function sayable(serveraddress: string, { auth = '', identitytoken }: Login): Headers | undefined {
  if (identitytoken !== undefined && identitytoken !== '') return { identitytoken, serveraddress };
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress };
}

/** Keys may be URLs; the one of docker.io is an old one. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

/** The alphabet for URLs, with the padding that the Engine insists on. */
function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
