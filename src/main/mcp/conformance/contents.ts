// Fixtures that answer at once: every kind of content, words on the way, errors, arguments that stand in the head as well.
import { setTimeout as pause } from 'node:timers/promises';
import type { ContentBlock, ServerContext } from '@modelcontextprotocol/server';
import { MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import { declaredBy } from '../../../surfaces/mcp/protocol/client.ts';
import { headerKey } from '../../../surfaces/mcp/protocol/headers.ts';
import { fixture, said, told } from './fixture.ts';

/** One red pixel. */
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** A WAV file without a sample. */
const silence = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const image: ContentBlock = { type: 'image', data: pixel, mimeType: 'image/png' };
const audio: ContentBlock = { type: 'audio', data: silence, mimeType: 'audio/wav' };
const text: ContentBlock = { type: 'text', text: 'Text, beside an image and a resource.' };
const embedded = (uri: string, mimeType: string, content: string): ContentBlock => ({
  type: 'resource',
  resource: { uri, mimeType, text: content },
});

const answering = (name: string, ...content: readonly ContentBlock[]) => fixture({ name, call: async () => ({ content: [...content] }) });

async function narrated({ mcpReq }: ServerContext) {
  for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await mcpReq.log('info', words);
    await pause(50, undefined, { signal: mcpReq.signal });
  }
  return said('It said three things on the way.');
}

async function measured(context: ServerContext) {
  for (const done of [0, 50, 100]) {
    await told(context, done, 100);
    await pause(50, undefined, { signal: context.mcpReq.signal });
  }
  return said('It told how far it was.');
}

async function sampling(context: ServerContext) {
  if (declaredBy(context).sampling) return said('The client has a model.');
  throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
}

/** Words of JSON Schema 2020-12 that must come through as they are. */
const wordy = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $defs: {
    address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

export const contents = [
  answering('test_simple_text', { type: 'text', text: 'This is a simple text response for testing.' }),
  answering('test_image_content', image),
  answering('test_audio_content', audio),
  answering('test_embedded_resource', embedded('test://embedded-resource', 'text/plain', 'The content of an embedded resource.')),
  answering('test_multiple_content_types', text, image, embedded('test://mixed-content-resource', 'application/json', '{"test":"data"}')),
  fixture({ name: 'test_tool_with_logging', call: (_, context) => narrated(context) }),
  fixture({ name: 'test_logging_tool', call: (_, context) => narrated(context) }),
  fixture({ name: 'test_tool_with_progress', call: (_, context) => measured(context) }),
  fixture({
    name: 'test_error_handling',
    call: async () => ({ ...said('This tool intentionally returns an error for testing'), isError: true }),
  }),
  fixture({ name: 'test_missing_capability', call: (_, context) => sampling(context) }),
  fixture({
    name: 'test_custom_header',
    input: { properties: { region: { type: 'string', [headerKey]: 'Region' } }, required: ['region'] },
    call: async ({ region }) => said(String(region)),
  }),
  fixture({ name: 'json_schema_2020_12_tool', input: wordy, call: async (given) => said(JSON.stringify(given)) }),
];
