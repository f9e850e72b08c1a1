// From what an operation answered to what an agent reads: as much as was asked for, no more than it should, and where to go on.

import { outsideWords } from '../../../operations/untrusted.ts';
import { cleaned, labelFor, wordsIn } from '../clean.ts';
import type { Evidence } from '../evidence.ts';
import type { Json } from '../schema.ts';
import type { OperationTool } from '../tool.ts';
import type { Part, Wishes } from '../wishes.ts';
import { concise } from './concise.ts';
import { cursorFor } from './cursor.ts';
import { kept } from './fields.ts';
import { conciseTokens, fitted, fullTokens } from './fit.ts';

export function presented(tool: OperationTool, wishes: Wishes, part: Part, evidence?: Evidence): Json {
  const chosen = chosenOf(part.value, wishes);
  const words = outsideWords(tool.operation);
  const labelled = { ...(cleaned(chosen, words) as Json), ...labelFor(wordsIn(chosen, words)) };
  const { value, shown } = fitted(labelled, tool.shape.list, wishes.full ? fullTokens : conciseTokens);
  const next = nextOf(part, shown);
  const cut = shown !== undefined || 'overflow' in value;
  const kept = cut
    ? evidence?.keep(JSON.stringify({ ...(cleaned(part.value, words) as Json), ...labelFor(wordsIn(part.value, words)) }))
    : undefined;
  return {
    ...value,
    ...(shown === undefined ? {} : { overflow: cutText(shown, part, next !== undefined) }),
    ...(kept === undefined ? {} : { evidence: kept }),
    ...(next === undefined ? {} : { next_cursor: cursorFor(next, [tool.described.name, wishes.input]) }),
  };
}

function chosenOf(value: Json, { fields, full }: Wishes): unknown {
  if (fields.length > 0) return kept(value, fields);
  return full ? value : concise(value);
}

/** The place behind what is shown, if there is anything. */
function nextOf({ places = [], more }: Part, shown = places.length): number | undefined {
  return more || shown < places.length ? places[shown - 1] : undefined;
}

function cutText(shown: number, { places }: Part, goesOn: boolean): string {
  return `Shown are ${shown} of ${places?.length ?? 'more'}; ${goesOn ? 'go on with cursor, or ' : ''}narrow it with arguments or fields.`;
}
