// Prompts and resources of one protocol server.
import type { Server, ServerContext } from '@modelcontextprotocol/server';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { asCodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { Caller } from '../caller.ts';
import type { Extras } from '../extras.ts';
import { prompts, promptText } from './prompts.ts';
import { resourceAt, templates } from './resources.ts';

export function addContext(server: Server, caller: Caller, extras?: Extras): void {
  const more = [...(extras?.prompts.values() ?? [])].map((one) => one.described);
  server.setRequestHandler('prompts/list', () => ({
    prompts: [
      ...prompts.map(({ name, title, description, arguments: taken }) => ({ name, title, description, arguments: [...taken] })),
      ...more,
    ],
  }));
  server.setRequestHandler('prompts/get', async ({ params: { name, arguments: given = {} } }, context) =>
    extras?.prompts.has(name) ? promptOf(extras, name, given, context) : promptAt(name, given),
  );
  server.setRequestHandler('resources/list', () => ({ resources: [...(extras?.resources ?? [])] }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [...templates, ...(extras?.templates ?? [])] }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }, context) => {
    const extra = extras?.read(uri);
    if (extra) return { contents: [extra] };
    try {
      return { contents: [{ uri, mimeType: 'application/json', text: await resourceAt(uri, caller, context.mcpReq.signal) }] };
    } catch (thrown) {
      const { message, code } = asCodeError(thrown);
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${message} (${code})`, { uri, code });
    }
  });
}

async function promptOf(extras: Extras, name: string, given: Readonly<Record<string, string>>, context: ServerContext): Promise<never> {
  // What it answers may be a question first, for which the SDK's handler has no type.
  return (await extras.prompts.get(name)?.get(given, context)) as never;
}

function promptAt(name: string, given: Readonly<Record<string, string>>) {
  const prompt = prompts.find((one) => one.name === name);
  if (!prompt)
    throw invalid(
      `There is no prompt "${name}"${didYouMean(
        name,
        prompts.map((one) => one.name),
      )}.`,
    );
  const missing = prompt.arguments.find((one) => one.required && given[one.name] === undefined);
  if (missing) throw invalid(`${name}: the argument ${missing.name} is missing.`);
  return {
    description: prompt.description,
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: promptText(prompt, given) } }],
  };
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
