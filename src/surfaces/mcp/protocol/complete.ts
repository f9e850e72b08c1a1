// Completion: the names that an argument of a prompt or of a resource's address may have here.
import type { CompleteRequest, CompleteResult, Server } from '@modelcontextprotocol/server';
import type { Caller } from '../caller.ts';
import { isObject } from '../schema.ts';

/** As many as one answer may hold. */
const most = 100;

export function addCompletion(server: Server, caller: Caller): void {
  server.setRequestHandler('completion/complete', async ({ params }, { mcpReq: { signal } }) => completed(params, caller, signal));
}

async function completed(params: CompleteRequest['params'], caller: Caller, signal: AbortSignal): Promise<CompleteResult> {
  const { name, value } = params.argument;
  const given = params.context?.arguments ?? {};
  const names = (await namesOf(name, given, caller, signal)).filter((one) => one.startsWith(value.toLowerCase()));
  return { completion: { values: names.slice(0, most), total: names.length, hasMore: names.length > most } };
}

interface Survey {
  readonly application: string;
  readonly environment: string;
  readonly services: readonly string[];
}

/** Only what the caller may see: who may see nothing is told no name, and no error either. */
async function namesOf(
  argument: string,
  given: Readonly<Record<string, string>>,
  caller: Caller,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (argument !== 'application' && argument !== 'environment' && argument !== 'service') return [];
  const { application } = given;
  const all = await surveyed(argument === 'application' || application === undefined ? {} : { application }, caller, signal).catch(
    () => [],
  );
  const fitting = all.filter(
    ({ environment }) => argument !== 'service' || given['environment'] === undefined || given['environment'] === environment,
  );
  const names = fitting.flatMap((one) => (argument === 'service' ? one.services : [one[argument]]));
  return [...new Set(names)].sort();
}

async function surveyed(place: Readonly<Record<string, string>>, caller: Caller, signal: AbortSignal): Promise<readonly Survey[]> {
  const answer = await caller.call('apps.status', place, signal);
  const environments = isObject(answer) && Array.isArray(answer['environments']) ? answer['environments'] : [];
  return environments.filter(isObject).map((one) => ({
    application: String(one['application']),
    environment: String(one['environment']),
    services: Array.isArray(one['services']) ? one['services'].filter(isObject).map((service) => String(service['service'])) : [],
  }));
}
