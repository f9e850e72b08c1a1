// All that the protocol's own conformance suite expects a server to have. Only `codectl mcp --conformance` loads it.
import type { ReadResourceResult } from '@modelcontextprotocol/server';
import { inputRequired } from '@modelcontextprotocol/server';
import type { ExtraPrompt, Extras } from '../../../surfaces/mcp/extras.ts';
import { contextQuestion, questions, states } from './asking.ts';
import { contents, pixel } from './contents.ts';
import { jobBook, lasting } from './jobs.ts';

type Content = ReadResourceResult['contents'][number];

const resources: readonly Content[] = [
  { uri: 'test://static-text', mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  { uri: 'test://static-binary', mimeType: 'image/png', blob: pixel },
  { uri: 'test://watched-resource', mimeType: 'text/plain', text: 'Nothing changes here.' },
];

function resourceAt(uri: string): Content | undefined {
  const id = /^test:\/\/template\/([\w-]{1,100})\/data$/.exec(uri)?.[1];
  if (id === undefined) return resources.find((one) => one.uri === uri);
  return { uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) };
}

const needed = (...names: readonly string[]) => names.map((name) => ({ name, required: true }));
const user = (content: Awaited<ReturnType<typeof textOf>>) => ({ role: 'user' as const, content });
const textOf = (text: string) => ({ type: 'text' as const, text });
const described = (name: string, ...names: readonly string[]) => ({
  name,
  description: 'A fixture of the conformance suite.',
  arguments: needed(...names),
});

const prompts: readonly ExtraPrompt[] = [
  { described: described('test_simple_prompt'), get: async () => ({ messages: [user(textOf('This is a simple prompt for testing.'))] }) },
  {
    described: described('test_prompt_with_arguments', 'arg1', 'arg2'),
    get: async ({ arg1, arg2 }) => ({ messages: [user(textOf(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))] }),
  },
  {
    described: described('test_prompt_with_embedded_resource', 'resourceUri'),
    get: async ({ resourceUri: uri = '' }) => ({
      messages: [
        {
          role: 'user',
          content: { type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } },
        },
        user(textOf('Please process the embedded resource above.')),
      ],
    }),
  },
  {
    described: described('test_prompt_with_image'),
    get: async () => ({
      messages: [
        { role: 'user', content: { type: 'image', data: pixel, mimeType: 'image/png' } },
        user(textOf('Please analyze the image above.')),
      ],
    }),
  },
  {
    described: described('test_input_required_result_prompt'),
    get: async (_, { mcpReq: { inputResponses } }) =>
      inputResponses?.['user_context']
        ? { messages: [user(textOf(JSON.stringify(inputResponses['user_context'])))] }
        : inputRequired({ inputRequests: contextQuestion() }),
  },
];

export const fixtures: Extras = {
  capabilities: { logging: {}, resources: { subscribe: true } },
  tools: new Map([...contents, ...questions, ...lasting]),
  prompts: new Map(prompts.map((one) => [one.described.name, one])),
  resources: resources.map(({ uri, mimeType = 'text/plain' }) => ({ uri, mimeType, name: uri.slice('test://'.length) })),
  templates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }],
  read: resourceAt,
  tasks: jobBook,
  requestState: { verify: (state, context) => states.verify(state, context) },
  attach: (server) => {
    server.setRequestHandler('resources/subscribe', () => ({}));
    server.setRequestHandler('resources/unsubscribe', () => ({}));
  },
};
