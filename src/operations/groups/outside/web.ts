// web.*: looking something up outside. Whoever finds it reads what anybody wrote.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import { defineCall } from '../../operation.ts';

export const webOperations = [
  defineCall({
    name: 'web.search',
    summary: 'Searches the web; off until its operator has set a key.',
    effect: 'read',
    openWorld: true,
    untrusted: ['title', 'url', 'snippet'],
    input: z.strictObject({ query: z.string().trim().min(1).max(400), limit: z.coerce.number().int().min(1).max(20).default(5) }),
    output: z.object({ results: z.array(z.object({ title: z.string(), url: z.string(), snippet: z.string() })) }),
    handler: async ({ query, limit }, { services: { outside }, signal }) => {
      if (outside.search) return { results: (await outside.search.search(query, limit, signal)).map((one) => ({ ...one })) };
      throw new CodeError('unsupported', 'The web search is off: no key was set.', {
        hint: 'Whoever owns the machine names the file with the key in the setting web_search_key_file.',
      });
    },
  }),
];
