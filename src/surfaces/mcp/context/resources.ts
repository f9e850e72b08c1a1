// What an agent's host can keep beside the conversation: a plan, a deployment, and what was told of it, by their ids.
import { CodeError } from '../../../base/errors.ts';
import type { Caller } from '../caller.ts';
import { cleaned } from '../clean.ts';

interface Template {
  readonly uriTemplate: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
}

const mimeType = 'application/json';

export const templates: readonly Template[] = [
  { uriTemplate: 'code://plan/{id}', name: 'plan', description: 'A plan as it stands', mimeType },
  { uriTemplate: 'code://run/{id}', name: 'run', description: 'A deployment as it stands', mimeType },
];

const operations: Readonly<Record<string, (id: string) => readonly [string, Readonly<Record<string, unknown>>]>> = {
  plan: (plan_id) => ['change.show', { plan_id }],
  run: (id) => ['deployments.get', { id }],
};

/** Errors: those of the operation; `input_invalid` for an address of nothing. */
export async function resourceAt(uri: string, caller: Caller, signal: AbortSignal): Promise<string> {
  const [, kind = '', id = ''] = /^code:\/\/(\w+)\/([\w.-]{1,200})$/.exec(uri) ?? [];
  const asked = Object.hasOwn(operations, kind) ? operations[kind]?.(id) : undefined;
  if (!asked)
    throw new CodeError('input_invalid', `There is no resource ${JSON.stringify(uri.slice(0, 200))}.`, {
      hint: 'Use code://plan/ID or code://run/ID.',
    });
  return JSON.stringify(cleaned(await caller.call(asked[0], asked[1], signal)));
}
