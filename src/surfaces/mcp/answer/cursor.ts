// Where one goes on in a list. A cursor says a place and nothing else: what may be seen is decided at each call anew.
import { digestOfJson, shortDigest } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';

/** `asked`: the tool and its arguments; a cursor goes on in the same list only. */
export function cursorFor(place: number, asked: unknown): string {
  return `${place}.${markOf(asked)}`;
}

/** Errors: `input_invalid` for what no answer to the same question contained. */
export function placeIn(cursor: string, asked: unknown): number {
  const found = /^(\d{1,15})\.([0-9a-f]{8})$/.exec(cursor);
  if (found?.[2] === markOf(asked)) return Number(found[1]);
  throw new CodeError('input_invalid', 'cursor: it is not one of this list.', {
    hint: 'Take next_cursor of the last answer and repeat the other arguments, or leave cursor out to begin again.',
    details: { problems: [{ field: 'cursor', message: 'not of this list' }] },
  });
}

function markOf(asked: unknown): string {
  return shortDigest(digestOfJson(asked), 8);
}
