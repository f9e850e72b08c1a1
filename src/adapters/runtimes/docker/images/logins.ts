// Logins to registries, from a file as `docker login` writes it: read for each request that needs one, so that a new login counts at once.
import { CodeError } from '../../../../base/errors.ts';
import type { Login } from '../../../../model/container/logins.ts';
import { entryOf, readLogins } from '../../../../model/container/logins.ts';
import { parseReference } from '../../../../model/container/reference.ts';
import { readFileIfExists } from '../../../../platform/files.ts';

/** The Engine takes them in headers, and sends each to its own registry only. */
type Headers = Readonly<Record<string, string>>;

/** For what is asked of the registry of one image. `file`: absent for no logins at all. Errors: `settings_invalid`. */
export async function loginFor(file: string | undefined, reference: string): Promise<Headers> {
  if (file === undefined) return {};
  const { registry } = parseReference(reference);
  const { auths, credHelpers, credsStore } = await readLogins(file, readFileIfExists);
  const [key, found] = entryOf(auths, registry) ?? [];
  const told = key !== undefined && found ? sayable(key, found) : undefined;
  if (told) return { 'x-registry-auth': encoded(told) };
  const helper = entryOf(credHelpers, registry)?.[1] ?? (found && credsStore);
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
  const { auths } = await readLogins(file, readFileIfExists);
  const told = Object.entries(auths).flatMap(([name, one]) => {
    const said = sayable(name, one);
    return said ? [[name, said] as const] : [];
  });
  return told.length === 0 ? {} : { 'x-registry-config': encoded(Object.fromEntries(told)) };
}

/** As the Engine takes one; undefined where the file does not hold it itself. */
function sayable(serveraddress: string, { auth = '', identitytoken }: Login): Headers | undefined {
  if (identitytoken !== undefined && identitytoken !== '') return { identitytoken, serveraddress };
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress };
}

/** The alphabet for URLs, with the padding that the Engine insists on. */
function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
