// Tools without a daemon: a caller that answers what it is told to, and the official client at a surface.
import type { Client } from '@modelcontextprotocol/client';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { Answer } from '../../src/surfaces/mcp/answer/answer.ts';
import type { Caller } from '../../src/surfaces/mcp/caller.ts';
import { shelfOf } from '../../src/surfaces/mcp/offer.ts';

export const shelf = shelfOf(catalogue);
export const everything = shelf.offer({ kind: 'all', readOnly: false });
export const everyday = shelf.offer({ kind: 'core', readOnly: false });

export interface Asked {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What operations answer, by their names; streams answer with a list. Everything that was asked is kept. */
export function callerThat(answers: Readonly<Record<string, unknown>>, asked: Asked[] = []): Caller {
  const answer = (operation: string, input: Asked['input']): unknown => {
    asked.push({ operation, input });
    const found = answers[operation];
    if (found instanceof Error) throw found;
    return typeof found === 'function' ? (found(input) as unknown) : found;
  };
  return {
    call: async (operation, input) => answer(operation, input),
    stream: async (operation, input) => {
      const items = answer(operation, input) as readonly unknown[];
      return (async function* all() {
        yield* items;
      })();
    },
  };
}

export interface Read {
  readonly [key: string]: unknown;
  readonly next_cursor?: string;
  readonly overflow?: string;
  readonly error?: {
    readonly code: string;
    readonly field?: string;
    readonly allowed?: unknown;
    readonly try?: string;
    readonly retryable: boolean;
  };
}

/** What the agent reads. */
export function read(answer: Answer | Awaited<ReturnType<Client['callTool']>>): Read {
  const [first] = answer.content as readonly { readonly text?: string }[];
  return JSON.parse(first?.text ?? 'null') as Read;
}

export async function use(name: string, given: unknown, caller: Caller, offer = everything): Promise<Read> {
  const tool = offer.get(name);
  if (!tool) throw new Error(`there is no tool ${name}`);
  return read(await tool.run(given, caller, new AbortController().signal));
}
