// `audit export|checkpoint|key`, and `audit verify FILE`: what proves elsewhere who did what.
import { readFile } from 'node:fs/promises';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Examination, Named } from '../../../operations/offline/audit.ts';
import { visible, visibleJson } from '../../../platform/guard/text.ts';
import { linesOfFile } from '../../../platform/lines.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';

const formats = ['jsonl', 'cef', 'ocsf'];

/** Lines as they are to be kept, with and without `--json`. */
export async function exportAudit(session: Session, given: Given): Promise<number> {
  const format = given.text('format') ?? 'jsonl';
  if (!formats.includes(format))
    throw new CodeError('usage', `--format ${JSON.stringify(format)} is not known.`, { hint: `Choose of ${formats.join(', ')}.` });
  const api = await session.api();
  for await (const item of api.stream('audit.export', { format, after: given.text('after') }))
    session.out.raw(`${format === 'cef' ? visible(String(item['line'])) : visibleJson(JSON.stringify(item))}\n`);
  return exit.ok;
}

export async function checkpoint({ api, out }: Session): Promise<number> {
  const newest = await (await api()).call('audit.checkpoint');
  out.document(newest);
  out.text(JSON.stringify(newest));
  return exit.ok;
}

export async function key({ api, out }: Session): Promise<number> {
  const answer = await (await api()).call('audit.key');
  out.document(answer);
  out.text(answer.public_key.trimEnd());
  return exit.ok;
}

export async function verifyFile(session: Session, given: Given, file: string): Promise<number> {
  const { out, world, flags } = session;
  const { examineExport } = await import('../../../operations/offline/audit.ts');
  const kept = given.text('checkpoint');
  const path = session.path(file);
  const examination = await examineExport({
    lines: linesOf(path),
    key: await named(
      given.text('key') === undefined ? world.home(flags.home).auditPublicKey : session.path(given.text('key') ?? ''),
      'key',
    ),
    ...(kept !== undefined && { checkpoint: await named(session.path(kept), 'checkpoint') }),
  });
  const { signedAt, ...rest } = examination;
  out.document({ ...rest, ...(signedAt !== undefined && { signed_at: new Date(signedAt).toISOString() }) });
  out.text(examinationText(examination, file));
  return examination.ok ? exit.ok : exit.failed;
}

export function examinationText({ ok, records, from, to, signedAt, checkpoints, faults }: Examination, file: string): string {
  if (!ok) return faults.map(({ kind, problem }) => `${kind}: ${problem}`).join('\n');
  const which = records === 0 ? 'There are no records' : `All ${records} records (${from} to ${to}) are as they were written`;
  const signed = signedAt === undefined ? '' : `, signed at ${new Date(signedAt).toISOString()}`;
  return `${which}${signed}; ${checkpoints} checkpoints hold.\nWhat was written after that is not in ${file}.`;
}

async function named(path: string, option: string): Promise<Named> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw new CodeError('usage', `${path} cannot be read (${systemErrorCode(thrown) ?? String(thrown)}).`, {
      hint:
        option === 'key'
          ? 'Give the engine’s public key with --key FILE: "codectl audit key" prints it.'
          : `Give another file with --${option}.`,
      cause: thrown,
    });
  });
  return { text, where: path };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  try {
    yield* linesOfFile(path);
  } catch (thrown) {
    throw new CodeError('usage', `${path} cannot be read (${systemErrorCode(thrown) ?? String(thrown)}).`, { cause: thrown });
  }
}
