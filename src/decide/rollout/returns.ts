// Which release set a rollback returns to, and whether that is really back: a second rollback goes forward again.
import type { EnvironmentState, ReleaseSet, Return } from '../../model/deployment.ts';

/** `set` is one of the history. */
export function returnTo({ history }: EnvironmentState, set: ReleaseSet): Return {
  const { deployment, at } = set;
  const next = history[history.indexOf(set) - 1];
  return { deployment, at, ...(next?.kind === 'rollback' && { leftAt: next.at }) };
}

/** For somebody who is to agree. */
export function returnText({ deployment, at, leftAt }: Return): string {
  const what = `to what ${deployment} made live at ${timeText(at)}`;
  return leftAt === undefined ? `goes back ${what}` : `goes forward again ${what}, which was rolled back from at ${timeText(leftAt)}`;
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
