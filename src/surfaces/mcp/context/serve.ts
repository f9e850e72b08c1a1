// Prompts and resources of one protocol server.
import type { Server } from '@modelcontextprotocol/server';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { asCodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { Caller } from '../caller.ts';
import { prompts, promptText } from './prompts.ts';
import { resourceAt, templates } from './resources.ts';

export function addContext(server: Server, caller: Caller): void {
  server.setRequestHandler('prompts/list', () => ({
    prompts: prompts.map(({ name, title, description, arguments: taken }) => ({ name, title, description, arguments: [...taken] })),
  }));
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: given = {} } }) => {
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
    return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text: promptText(prompt, given) } }] };
  });
  server.setRequestHandler('resources/list', () => ({ resources: [] }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [...templates] }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }, context) => {
    try {
      return { contents: [{ uri, mimeType: 'application/json', text: await resourceAt(uri, caller, context.mcpReq.signal) }] };
    } catch (thrown) {
      const { message, code } = asCodeError(thrown);
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${message} (${code})`, { uri, code });
    }
  });
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
