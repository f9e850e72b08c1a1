// Which application and environment a command is about: what was said, what the manifest here says, or the only one there is.
import { CodeError } from '../../base/errors.ts';
import type { Scope } from '../../model/instance.ts';
import type { Given } from './command.ts';
import type { ManifestFile } from './manifest-file.ts';
import type { Session } from './session.ts';

/** Errors: `application_unknown` when nothing fits, `usage` with the choices when several do. */
export async function findScope(session: Session, given: Given): Promise<Scope> {
  const named = { application: given.text('app'), environment: given.text('env') };
  const wanted = named.application === undefined ? await fromManifest(session, given.text('file'), named.environment) : named;
  const { application, environment } = wanted;
  if (application !== undefined && environment !== undefined) return { application, environment };
  const { environments } = await (await session.api()).call('apps.status', { application });
  const fitting = environments.filter((one) => environment === undefined || one.environment === environment);
  return chooseScope(fitting, wanted);
}

export function chooseScope(fitting: readonly Scope[], wanted: Partial<Scope>): Scope {
  const [first, second] = fitting;
  if (first && !second) return { application: first.application, environment: first.environment };
  if (!first) {
    const what = wanted.application ?? 'Nothing';
    const where = wanted.environment === undefined ? '' : ` in environment ${wanted.environment}`;
    throw new CodeError('application_unknown', `${what} is ${what === 'Nothing' ? '' : 'not '}deployed${where}.`, {
      hint: 'Run "codectl deploy" where the code.yaml is, or "codectl status" to see what is deployed.',
    });
  }
  const choices = fitting.map((one) => `--app ${one.application} --env ${one.environment}`);
  throw new CodeError('usage', `Several environments fit: ${choices.join('; ')}.`, { hint: `Add ${choices[0]}, for example.` });
}

/** What the manifest leaves open (it has several environments) stays open. */
async function fromManifest(session: Session, file: string | undefined, environment: string | undefined): Promise<Partial<Scope>> {
  const { findManifest } = await import('./manifest-file.ts');
  const manifest = await findManifest(session, file);
  return manifest ? scopeOf(manifest, environment) : { environment };
}

async function scopeOf(manifest: ManifestFile, environment: string | undefined): Promise<Partial<Scope>> {
  const { parseManifest } = await import('../../model/manifest/parse.ts');
  const { application, environments } = parseManifest(manifest.text, manifest.name);
  const names = Object.keys(environments);
  const only = names.length > 1 ? undefined : (names[0] ?? 'default');
  return { application, environment: environment ?? only };
}
