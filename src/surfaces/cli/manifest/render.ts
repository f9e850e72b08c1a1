// `manifest render`: the objects that a cluster would be asked for, as YAML that its own tools can read.
import { stringify } from 'yaml';
import { CodeError } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { requireManifest, resolveFile } from '../manifest-file.ts';
import type { Session } from '../session.ts';

export async function render(session: Session, given: Given): Promise<number> {
  const { world, flags, out } = session;
  const file = await requireManifest(session, given.text('file'));
  const spec = resolveFile(file, given.text('env'));
  const renderers = await world.renderers();
  const runtime = given.text('runtime') ?? spec.runtime;
  const renderer = Object.hasOwn(renderers, runtime) ? renderers[runtime] : undefined;
  if (!renderer)
    throw new CodeError('usage', `The ${runtime} runtime is asked for no objects that could be printed.`, {
      hint: `Add --runtime ${Object.keys(renderers).join(' or --runtime ')}.`,
    });
  const gateway = given.text('gateway');
  const objects = renderer(spec, { home: world.home(flags.home).root, ...(gateway !== undefined && { gateway }) });
  out.document(objects);
  if (!out.json) out.raw(objects.map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n'));
  return exit.ok;
}
