// MCP over standard input and output, for hosts that start a program beside them: the tools are those of the daemon, which is asked over its API.
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Operation } from '../../../operations/operation.ts';
import { methodOf } from '../../../operations/operation.ts';
import type { ApiClient, ApiRequest } from '../../../platform/http/client.ts';
import type { Caller } from '../caller.ts';
import { evidenceOfOne } from '../caller.ts';
import { shelfOf } from '../offer.ts';
import type { Profile } from '../profile.ts';
import { serversIn } from '../profile.ts';
import { createServer } from '../server.ts';

/** A list of tools waits no longer for the daemon. */
const patience: Duration = 5_000;

export interface StdioServing {
  readonly catalogue: readonly Operation[];
  readonly version: string;
  readonly client: ApiClient;
  /** `all`, or names with commas between; absent: the profile without a name. */
  readonly servers: string | undefined;
  readonly readOnly: boolean;
  readonly interactive: boolean;
  readonly failed: (error: Error) => void;
}

/** Serves until `close`. Errors: `usage` for a server that is none. */
export function serveMcpOnStdio({ catalogue, version, client, servers, readOnly, interactive, failed }: StdioServing): {
  close(): Promise<void>;
} {
  const shelf = shelfOf(catalogue);
  const offer = shelf.offer(profileFor(servers, readOnly, shelf.servers));
  const runs = shelf.runs({ readOnly });
  const caller: Caller = { ...callerOver(client, catalogue), interactive };
  return serveStdio(({ era }) => createServer({ offer, runs, caller, version, era }), { onerror: failed });
}

function profileFor(servers: string | undefined, readOnly: boolean, known: readonly string[]): Profile {
  if (servers === undefined) return { kind: 'core', readOnly };
  if (servers === 'all') return { kind: 'all', readOnly };
  try {
    return { kind: 'servers', servers: serversIn(servers, known), readOnly };
  } catch (thrown) {
    if (!(thrown instanceof CodeError)) throw thrown;
    throw new CodeError('usage', `--servers: ${thrown.message}`, { hint: `Use all, or some of ${known.join(',')}.` });
  }
}

/** What the daemon permits this caller somewhere; where none answers, nobody knows. */
async function permittedBy(client: ApiClient): Promise<ReadonlySet<string> | undefined> {
  const request: ApiRequest = {
    method: 'GET',
    path: '/v1/system.info',
    query: { operations: true },
    signal: AbortSignal.timeout(patience),
  };
  const told = await client.json(request).catch(() => undefined);
  const { data } = permitted.safeParse(told);
  return data && new Set(data.operations);
}

const permitted = z.looseObject({ operations: z.array(z.string()) });

function callerOver(client: ApiClient, catalogue: readonly Operation[]): Caller {
  const methods = new Map<string, ApiRequest['method']>(catalogue.map((one) => [one.name, methodOf(one)]));
  const requestFor = (operation: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): ApiRequest => {
    const method = methods.get(operation) ?? 'POST';
    return { method, path: `/v1/${operation}`, signal, ...(method === 'GET' ? { query: input as ApiRequest['query'] } : { json: input }) };
  };
  return {
    // One program, one caller.
    evidence: evidenceOfOne(),
    may: () => permittedBy(client),
    call: (operation, input, signal) => client.json(requestFor(operation, input, signal)),
    stream: async (operation, input, signal) => client.lines(requestFor(operation, input, signal)),
  };
}
