// Verifies an export of the audit without any engine: only the public key is trusted, and a checkpoint that was kept elsewhere.
import type { Examination } from '../../access/checkpoints/examine.ts';
import { Examiner } from '../../access/checkpoints/examine.ts';
import { checkpointIn, jsonIn } from '../../access/checkpoints/read.ts';
import { publicKeyFrom } from '../../access/checkpoints/statement.ts';
import { CodeError } from '../../base/errors.ts';

/** A text and what it is called, for messages. */
export interface Named {
  readonly text: string;
  readonly where: string;
}

export interface Evidence {
  readonly lines: AsyncIterable<string>;
  readonly key: Named;
  readonly checkpoint?: Named;
}

export type { Examination };

/** Errors: `audit_unsigned` for what is no public key, `input_invalid` for what is no checkpoint. */
export async function examineExport({ lines, key, checkpoint }: Evidence): Promise<Examination> {
  const outside = checkpoint && checkpointIn(jsonIn(checkpoint.text));
  if (checkpoint && !outside)
    throw new CodeError('input_invalid', `${checkpoint.where} holds no checkpoint of an audit.`, {
      hint: '"codectl audit checkpoint --json" prints one, to be kept elsewhere.',
    });
  const examiner = new Examiner(publicKeyFrom(key.text, key.where), outside);
  for await (const line of lines) examiner.line(line);
  return examiner.end();
}
