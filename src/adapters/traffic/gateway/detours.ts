// Sends the gateway's connections to one instance through something else for a while: what a trial of the network needs.
import { CodeError, codeErrorIn } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Address } from '../../../model/instance.ts';
import { localRequest, localSocketPath } from '../../../platform/local-socket.ts';
import { placesIn } from './places.ts';

export interface GatewayDetours {
  /** In every process of the gateway that lives; ends by itself after `lasts`. Errors: `gateway_unavailable` when none lives. */
  set(instance: string, to: Address, lasts: Duration): Promise<void>;
  /** Idempotent; a gateway that does not live has none. */
  remove(instance: string): Promise<void>;
  /** How many living processes have one for the instance, and how many live. */
  look(instance: string): Promise<{ readonly detoured: number; readonly processes: number }>;
}

const patience = 10_000;

/** `directory`: the gateway's own. */
export function detoursOf(directory: string): GatewayDetours {
  const ask = (method: 'GET' | 'PUT', path: string, body?: object) => askAll(directory, { method, path, ...(body && { body }) });
  return {
    set: async (instance, to, lasts) => {
      if ((await ask('PUT', '/detour', { instance, to, lasts: Math.ceil(lasts) })).length === 0)
        throw new CodeError('gateway_unavailable', 'The gateway does not run: no connection can be led through a fault.', {
          hint: 'Run "codectl doctor".',
        });
    },
    remove: async (instance) => void (await ask('PUT', '/detour', { instance })),
    look: async (instance) => {
      const answers = await ask('GET', '/detours');
      return { detoured: answers.filter((one) => instancesIn(one).includes(instance)).length, processes: answers.length };
    },
  };
}

function instancesIn(answer: unknown): readonly string[] {
  const { detours } = (answer ?? {}) as { readonly detours?: readonly { readonly instance: string }[] };
  return (detours ?? []).map(({ instance }) => instance);
}

/** The answers of those that live. Errors: the gateway's own. */
async function askAll(
  directory: string,
  question: { readonly method: 'GET' | 'PUT'; readonly path: string; readonly body?: object },
): Promise<readonly unknown[]> {
  const answers = await Promise.all(
    placesIn(directory).map(async (place) => {
      const socketPath = await localSocketPath(place, 'gateway.sock');
      // One that does not answer is dead, or about to be ended by its keeper: neither keeps a detour.
      return localRequest({ socketPath, ...question, signal: AbortSignal.timeout(patience) }).catch(() => undefined);
    }),
  );
  return answers.flatMap((answer) => {
    if (answer === undefined) return [];
    const said = JSON.parse(answer.text) as unknown;
    if (answer.status === 200) return [said];
    throw codeErrorIn(said) ?? new CodeError('gateway_unavailable', `The gateway answered ${answer.status}.`);
  });
}
