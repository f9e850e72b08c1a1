// One call of a tool: from its arguments to an answer that is worth its tokens, or to an error that teaches.
import { asCodeError } from '../../base/errors.ts';
import type { Answer } from './answer/answer.ts';
import { answerOf, refusal } from './answer/answer.ts';
import { presented } from './answer/present.ts';
import type { Caller } from './caller.ts';
import { fetched } from './fetch.ts';
import type { OperationTool } from './tool.ts';
import { wishesIn } from './wishes.ts';

export async function runTool(tool: OperationTool, given: unknown, caller: Caller, signal: AbortSignal): Promise<Answer> {
  try {
    const wishes = wishesIn(tool, given);
    return answerOf(presented(tool, wishes, await fetched(tool, wishes, caller, signal), caller.evidence));
  } catch (thrown) {
    return refusal(asCodeError(thrown), tool.shape.input, given);
  }
}
