// Searches the web by the API of Brave, or whatever answers like it.
import { z } from 'zod';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { call } from '../../../platform/http/call.ts';
import type { WebSearch } from '../../../ports/outside/search.ts';

export interface BraveOptions {
  readonly url: string;
  /** Errors: `settings_invalid`. */
  readonly key: () => Promise<string>;
  readonly outbound: Outbound;
}

const limits = { size: 2_000_000, depth: 30, values: 100_000 };
const shape = z.object({
  web: z.object({ results: z.array(z.object({ title: z.string(), url: z.string(), description: z.string().nullish() })) }).nullish(),
});

export function openBrave({ url, key, outbound }: BraveOptions): WebSearch {
  return {
    search: async (query, limit, signal) => {
      const asked = new URLSearchParams({ q: query, count: String(limit), text_decorations: 'false' }).toString();
      const headers = { accept: 'application/json', 'x-subscription-token': await key() };
      const answer = await call({ method: 'GET', url: `${url}?${asked}`, headers, timeout: 15_000, most: limits.size }, outbound, signal);
      if (answer.kind === 'broken') throw unavailable(`does not answer: ${answer.because}`);
      if (answer.status !== 200) throw unavailable(`answered ${answer.status}`);
      return (resultsIn(answer.text) ?? [])
        .slice(0, limit)
        .map((one) => ({ title: one.title, url: one.url, snippet: one.description ?? '' }));
    },
  };
}

function resultsIn(text: string) {
  try {
    return shape.parse(parseJson(text, limits, 'the answer')).web?.results;
  } catch (thrown) {
    throw unavailable(`answered otherwise than expected (${asCodeError(thrown).code})`);
  }
}

function unavailable(what: string): CodeError {
  return new CodeError('outside_unavailable', `The search ${what}.`, { hint: 'Check web_search_url, its key, and calls_allowed.' });
}
