// Fixtures that ask the client before they answer: its person, its model, its directories. The same code asks in both eras.
import type { InputRequests, ServerContext } from '@modelcontextprotocol/server';
import { acceptedContent, createRequestStateCodec, inputRequired } from '@modelcontextprotocol/server';
import { declaredBy } from '../../../surfaces/mcp/protocol/client.ts';
import { isObject } from '../../../surfaces/mcp/schema.ts';
import { fixture, said } from './fixture.ts';

/** For as long as this process lives. */
export const states = createRequestStateCodec({ key: crypto.getRandomValues(new Uint8Array(32)) });

type Properties = Parameters<typeof inputRequired.elicit>[0] extends { requestedSchema: infer S }
  ? S extends { properties: infer P }
    ? P
    : never
  : never;

const form = (message: string, properties: Readonly<Record<string, unknown>>, required = Object.keys(properties)) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: properties as Properties, required } });
const text = { type: 'string' };
const name = () => form('What is your name?', { name: text });
const model = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: words } }], maxTokens });

/** Asks until every question has an answer of some kind. */
async function answered(context: ServerContext, questions: InputRequests, stated = false) {
  const responses = context.mcpReq.inputResponses ?? {};
  if (Object.keys(questions).every((key) => isObject(responses[key]))) return undefined;
  return inputRequired({ inputRequests: questions, ...(stated ? { requestState: await states.mint({ round: 1 }) } : {}) });
}

const asking = (
  tool: string,
  questions: (given: Readonly<Record<string, unknown>>) => InputRequests,
  stated = false,
  required: readonly string[] = [],
) =>
  fixture({
    name: tool,
    input: { properties: Object.fromEntries(required.map((key) => [key, text])), required },
    call: async (given, context) =>
      (await answered(context, questions(given), stated)) ??
      said(`${stated ? 'state-ok ' : ''}${JSON.stringify(context.mcpReq.inputResponses)}`),
  });

async function named(context: ServerContext) {
  const content = acceptedContent<{ name: string }>(context.mcpReq.inputResponses, 'user_name');
  return content ? said(`Hello, ${content.name}!`) : inputRequired({ inputRequests: { user_name: name() } });
}

async function inRounds(context: ServerContext) {
  const state = context.mcpReq.requestState<{ readonly round: number; readonly name?: unknown }>();
  const first = acceptedContent<{ name: string }>(context.mcpReq.inputResponses, 'step1');
  const second = acceptedContent<{ color: string }>(context.mcpReq.inputResponses, 'step2');
  if (isObject(state) && state['round'] === 2 && second) return said(`${String(state['name'])} likes ${second.color}.`);
  if (isObject(state) && state['round'] === 1 && first) {
    const requestState = await states.mint({ round: 2, name: first.name });
    return inputRequired({ inputRequests: { step2: form('Step 2: What is your favorite color?', { color: text }) }, requestState });
  }
  return inputRequired({
    inputRequests: { step1: form('Step 1: What is your name?', { name: text }) },
    requestState: await states.mint({ round: 1 }),
  });
}

/** Only what the client says that it can. */
async function within(context: ServerContext) {
  const can = declaredBy(context);
  const questions: InputRequests = {
    ...(can.elicitation ? { user_name: name() } : {}),
    ...(can.sampling ? { greeting: model('Write a greeting', 50) } : {}),
  };
  if (Object.keys(questions).length === 0) return said('The client can be asked nothing.');
  return (await answered(context, questions)) ?? said('Thank you.');
}

const choices = (values: readonly string[], titles: readonly string[]) => values.map((value, at) => ({ const: value, title: titles[at] }));
const options = ['option1', 'option2', 'option3'];
const values = ['value1', 'value2', 'value3'];

const defaults = {
  name: { type: 'string', description: 'Name', default: 'John Doe' },
  age: { type: 'integer', description: 'Age', default: 30 },
  score: { type: 'number', description: 'Score', default: 95.5 },
  status: { type: 'string', description: 'Status', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', description: 'Verified', default: true },
};
const enums = {
  untitledSingle: { type: 'string', enum: options },
  titledSingle: { type: 'string', oneOf: choices(values, ['First', 'Second', 'Third']) },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: options } },
  titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: choices(values, ['First', 'Second', 'Third']) } },
};

export const questions = [
  asking('test_sampling', ({ prompt }) => ({ answer: model(String(prompt), 100) }), false, ['prompt']),
  asking('test_elicitation', ({ message }) => ({ user: form(String(message), { username: text, email: text }) }), false, ['message']),
  asking('test_elicitation_sep1034_defaults', () => ({ form: form('Look the fields over', defaults, []) })),
  asking('test_elicitation_sep1330_enums', () => ({ form: form('Choose', enums, []) })),
  asking('test_streaming_elicitation', () => ({ user_name: name() })),
  fixture({ name: 'test_input_required_result_elicitation', call: (_, context) => named(context) }),
  asking('test_input_required_result_sampling', () => ({ capital_question: model('What is the capital of France?', 100) })),
  asking('test_input_required_result_list_roots', () => ({ client_roots: inputRequired.listRoots() })),
  asking('test_input_required_result_request_state', () => ({ confirm: form('Please confirm', { ok: { type: 'boolean' } }) }), true),
  asking('test_input_required_result_tampered_state', () => ({ confirm: form('Please confirm', { ok: { type: 'boolean' } }) }), true),
  asking(
    'test_input_required_result_multiple_inputs',
    () => ({ user_name: name(), greeting: model('Generate a greeting', 50), client_roots: inputRequired.listRoots() }),
    true,
  ),
  fixture({ name: 'test_input_required_result_multi_round', call: (_, context) => inRounds(context) }),
  fixture({ name: 'test_input_required_result_capabilities', call: (_, context) => within(context) }),
];

/** The question of the prompt that asks first. */
export const contextQuestion = () => ({ user_context: form('What context should the prompt use?', { context: text }) });
export const nameQuestion = () => ({ user_name: name() });
