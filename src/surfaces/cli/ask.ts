// Asks before something is changed.
import { createInterface } from 'node:readline/promises';
import { CodeError } from '../../base/errors.ts';
import type { Session } from './session.ts';

/**
 * True without asking when `yes` was given. Where nobody can be asked, a change that can be undone goes on and one that destroys needs `yes`.
 * Errors: `usage` in that case.
 */
export async function confirmed(session: Session, question: string, yes: boolean, destroys: boolean): Promise<boolean> {
  if (yes) return true;
  if (session.canAsk) return answeredYes(session, question);
  if (!destroys) return true;
  throw new CodeError('usage', 'This cannot be undone, and there is nobody to ask.', { hint: 'Add --yes if you mean it.' });
}

async function answeredYes({ world, signal, out }: Session, question: string): Promise<boolean> {
  const asking = createInterface({ input: world.stdin });
  out.raw(`${question} [y/N] `);
  try {
    const closed = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
    const answer = await Promise.race([asking.question('', { signal }), closed]);
    return /^(?:y|yes)$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
