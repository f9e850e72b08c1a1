// `manifest check|schema|example|reference`.
import { exampleManifest } from '../../../model/manifest/pages/example.ts';
import { manifestJsonSchema } from '../../../model/manifest/pages/json-schema.ts';
import { manifestReference } from '../../../model/manifest/pages/reference.ts';
import { parseManifest } from '../../../model/manifest/parse.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { requireManifest, resolveFile } from '../manifest-file.ts';
import type { Session } from '../session.ts';

export async function check(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const file = await requireManifest(session, given.text('file'));
  const manifest = parseManifest(file.text, file.name);
  const environment = given.text('env');
  if (environment !== undefined) resolveFile(file, environment);
  const { application, services, environments } = manifest;
  const facts = { application, services: Object.keys(services), environments: Object.keys(environments) };
  out.document({ ok: true, file: file.name, ...facts });
  const where = facts.environments.length === 0 ? '' : `, environments ${facts.environments.join(', ')}`;
  out.text(`${file.name} is sound: ${application} with services ${facts.services.join(', ')}${where}.`);
  return exit.ok;
}

export async function schema({ out }: Session): Promise<number> {
  out.raw(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
  return exit.ok;
}

export async function example(session: Session): Promise<number> {
  return page(session, exampleManifest());
}

export async function reference(session: Session): Promise<number> {
  return page(session, manifestReference());
}

function page({ out }: Session, text: string): number {
  out.document({ text });
  out.text(text.trimEnd());
  return exit.ok;
}
