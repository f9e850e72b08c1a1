// A plan that waits for a person, where one sits at the client: the form says where people approve, and its answer makes the call be tried once more.
// It is no approval. A client that accepts by itself gets the same refusal again, and one that declines has said nothing but that nobody answered.
import type { ClientCapabilities, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { inputRequired } from '@modelcontextprotocol/server';
import { visible } from '../../../platform/guard/text.ts';
import type { Offered } from '../offered.ts';
import type { Json } from '../schema.ts';
import { isObject } from '../schema.ts';

type Answer = Awaited<ReturnType<Offered['run']>>;

const key = 'approval';

/** `undefined`: there is nothing to ask, nobody to ask, or somebody was asked. */
export function approvalForm(
  { plan_id: plan }: Json,
  answer: Answer,
  { mcpReq }: ServerContext,
  can: ClientCapabilities,
): InputRequiredResult | undefined {
  if (!can.elicitation || !answer.isError || mcpReq.inputResponses?.[key] !== undefined) return undefined;
  const error = errorIn(answer);
  if (error?.['code'] !== 'approval_required') return undefined;
  const how = `Somebody who did not ask for it looks at it and approves it with "codectl approve ${visible(String(plan))}".`;
  const message = `${String(error['message'])}. ${how} Then continue here: it is applied if it is approved by then.`;
  return inputRequired({
    inputRequests: { [key]: inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: {} } }) },
  });
}

function errorIn({ content: [first] }: Answer) {
  const told: unknown = JSON.parse(first?.text ?? 'null');
  return isObject(told) && isObject(told['error']) ? told['error'] : undefined;
}
