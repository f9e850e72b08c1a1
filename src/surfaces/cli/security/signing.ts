// `security secrets|listing|attest|verify`.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { canonicalJson, digestOf } from '../../../base/digest.ts';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { scanDirectory } from '../../../platform/tree/scan.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { manifestIn, requireManifest, resolveFile } from '../manifest-file.ts';
import type { Paint } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { ExposedView, SignaturesView } from './answers.ts';
import { exitOfMeasured, notMeasured, titleOf } from './security.ts';

export async function secrets(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('security.secrets', { ...scope, service: given.text('service') });
  out.document(answer);
  out.text(answer.services.map((one) => secretsText(one, out.paint, out.width)).join('\n\n'));
  return exitOfMeasured(answer.state);
}

export function secretsText(one: ExposedView, paint: Paint, width?: number): string {
  const rows = one.findings.map(({ path, line, kind, shown }) => [`${path}:${line}`, kind, shown]);
  const table = tableText(['WHERE', 'KIND', 'WHAT'], rows, paint, width);
  return [titleOf(one, paint), ...(table === '' ? [] : [table]), `${one.files} files read`, ...notMeasured(one.unmeasured, paint)].join(
    '\n',
  );
}

export async function listing(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [name = ''] = given.arguments;
  const manifest = await requireManifest(session, given.text('file'));
  const { services } = resolveFile(manifest, given.text('env'));
  const service = services.find((one) => one.name === name);
  if (!service)
    throw new CodeError(
      'service_unknown',
      `${manifest.name} has no service called ${name}; it has ${services.map((one) => one.name).join(', ')}.`,
    );
  const { source } = service;
  if (source.kind === 'image')
    throw new CodeError('usage', `${name} is an image: sign it where it was built, with "cosign attest", and bring the bundle.`);
  const root = resolve(manifest.directory, source.directory);
  const { tree } = await scanDirectory(root, { ignore: manifestIn(root, manifest.path) }, session.signal);
  const text = canonicalJson(tree);
  out.document({ service: name, digest: digestOf(text), listing: text });
  // To the byte: its digest is what is signed.
  if (!out.json) out.raw(text);
  out.aside(`${name} is ${digestOf(text)}.`);
  return exit.ok;
}

export async function attest(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [file = ''] = given.arguments;
  const bundle = await readFile(session.path(file), 'utf8').catch((thrown: unknown) => {
    throw new CodeError('usage', `${file} cannot be read: ${asCodeError(thrown).message}`, { cause: thrown });
  });
  const kept = await (await session.api()).call('artifacts.attest', { bundle });
  out.document(kept);
  out.text(`Kept for ${kept.artifacts.join(', ')}.`);
  return exit.ok;
}

export async function verify(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('security.signatures', { ...scope, service: given.text('service') });
  out.document(answer);
  out.text(signaturesText(answer.services, out.paint, out.width));
  return answer.services.every(({ signature }) => signature.state === 'met') ? exit.ok : exit.unmet;
}

export function signaturesText(all: readonly SignaturesView[], paint: Paint, width?: number): string {
  const rows = all.map(({ service, artifact, signature, provenance }) => [
    service,
    artifact ?? 'not known',
    `${signature.state}: ${signature.because}`,
    `${provenance.state}: ${provenance.because}`,
  ]);
  return tableText(['SERVICE', 'ARTIFACT', 'SIGNATURE', 'PROVENANCE'], rows, paint, width);
}
