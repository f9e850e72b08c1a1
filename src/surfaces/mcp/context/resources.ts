// What an agent's host can keep beside the conversation: a plan, a deployment, all that was told of it, and what did not fit into an answer.
import { CodeError } from '../../../base/errors.ts';
import type { Caller } from '../caller.ts';
import { cleaned, labelFor, wordsIn } from '../clean.ts';
import { isObject } from '../schema.ts';

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
  {
    uriTemplate: 'code://run/{id}/log',
    name: 'run log',
    description: 'Every event of a deployment, and what the instances of its environment printed',
    mimeType,
  },
  {
    uriTemplate: 'code://evidence/{sha256}',
    name: 'evidence',
    description: 'All of an answer that was cut, as its overflow names it',
    mimeType,
  },
];

type Reader = (id: string, caller: Caller, signal: AbortSignal) => Promise<string>;

const readers: Readonly<Record<string, Reader>> = {
  plan: async (plan_id, caller, signal) => told(await caller.call('change.show', { plan_id }, signal)),
  run: async (id, caller, signal) => told(await caller.call('deployments.get', { id }, signal)),
  'run/log': runLog,
  evidence: async (sha256, { evidence }) => {
    const text = evidence?.read(sha256);
    if (text !== undefined) return text;
    throw new CodeError('evidence_unknown', `There is no evidence ${sha256} that was given to this caller, or it is not kept any more.`, {
      hint: 'Call the tool again: its overflow names what is kept then.',
    });
  },
};

/** Errors: those of the operation; `evidence_unknown`; `input_invalid` for an address of nothing. */
export async function resourceAt(uri: string, caller: Caller, signal: AbortSignal): Promise<string> {
  const [, kind = '', id = '', below = ''] = /^code:\/\/(\w+)\/([\w.-]{1,200})(\/log)?$/.exec(uri) ?? [];
  const name = `${kind}${below}`;
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (read) return read(id, caller, signal);
  throw new CodeError('input_invalid', `There is no resource ${JSON.stringify(uri.slice(0, 200))}.`, {
    hint: 'Use code://plan/ID, code://run/ID, code://run/ID/log or code://evidence/SHA256.',
  });
}

/** Members with words of others, of all that is read here. */
const words: ReadonlySet<string> = new Set(['text', 'last_log', 'log']);

function told(value: unknown): string {
  return JSON.stringify({ ...(cleaned(value, words) as object), ...labelFor(wordsIn(value, words)) });
}

/** Characters of either part: whoever puts it beside a conversation has to hold it. */
const most = 4_000_000;

async function runLog(id: string, caller: Caller, signal: AbortSignal): Promise<string> {
  const run = await caller.call('deployments.get', { id }, signal);
  const { application, environment, outcome, reason, last_log } = isObject(run) ? run : {};
  const events = await whole(await caller.stream('observe.events', { deployment: id, after: 0, follow: false }, signal));
  const output = await whole(await caller.stream('observe.logs', { application, environment, follow: false }, signal));
  return told({
    id,
    application,
    environment,
    outcome,
    reason,
    last_log,
    events: events.items,
    output: output.items,
    ...(events.cut || output.cut ? { cut: `Only the last ${most} characters of each part are here.` } : {}),
  });
}

/** Its end, where all of it is too much. */
async function whole(stream: AsyncIterable<unknown>): Promise<{ readonly items: readonly unknown[]; readonly cut: boolean }> {
  const items: { readonly item: unknown; readonly size: number }[] = [];
  let [size, from] = [0, 0];
  for await (const item of stream) {
    const next = { item, size: JSON.stringify(item).length };
    items.push(next);
    size += next.size;
    for (; size > most; from += 1) size -= items[from]?.size ?? 0;
  }
  return { items: items.slice(from).map(({ item }) => item), cut: from > 0 };
}
