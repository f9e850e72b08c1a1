// The plug for our own gateway: starts or adopts its process, keeps it alive, and speaks to it over its control socket.
import { join } from 'node:path';
import { CodeError, codeErrorIn } from '../../../base/errors.ts';
import type { Address } from '../../../model/instance.ts';
import type { RouteTable, TrafficObservation } from '../../../model/route.ts';
import { localRequest } from '../../../platform/local-socket.ts';
import type { Traffic } from '../../../ports/traffic.ts';
import type { GatewayCommand } from './keeper.ts';
import { GatewayKeeper } from './keeper.ts';

export interface GatewayTraffic extends Traffic {
  /** Adopts the gateway that runs with this directory, or starts one; then keeps one running. Returns where it listens. Errors: `port_taken`, `gateway_unavailable`. */
  start(signal: AbortSignal): Promise<Address>;
  /** Ends the gateway's process in order (requests in flight finish) and no longer keeps it running. */
  stop(signal?: AbortSignal): Promise<void>;
  /** No longer watches; the gateway goes on. */
  detach(): void;
}

/** How long a call waits for a gateway that is being restarted. */
const patience = 5_000;

export function createGatewayTraffic(command: GatewayCommand): GatewayTraffic {
  const keeper = new GatewayKeeper(command);
  const ask = async (method: 'GET' | 'PUT', path: string, body: unknown, signal: AbortSignal): Promise<unknown> => {
    const { status, text } = await reach(keeper, method, path, body, signal);
    const answer = JSON.parse(text) as unknown;
    if (status === 200) return answer;
    throw codeErrorIn(answer) ?? new CodeError('gateway_unavailable', `The gateway answered ${status} to ${method} ${path}.`);
  };
  return {
    start: (signal) => keeper.start(signal),
    stop: (signal = new AbortController().signal) => keeper.stop(signal),
    detach: () => keeper.detach(),
    apply: async (table: RouteTable, signal) => void (await ask('PUT', '/table', table, signal)),
    observe: async (signal) => (await ask('GET', '/observe', undefined, signal)) as TrafficObservation,
  };
}

/** Asks again while the gateway is away: applying and observing are safe to repeat. */
async function reach(keeper: GatewayKeeper, method: 'GET' | 'PUT', path: string, body: unknown, signal: AbortSignal) {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  for (;;) {
    try {
      return await localRequest({ socketPath: await keeper.socketPath(), method, path, body, signal: deadline });
    } catch (cause) {
      signal.throwIfAborted();
      if (deadline.aborted || !(await keeper.back(deadline)))
        throw new CodeError('gateway_unavailable', 'The gateway does not answer on its control socket.', {
          hint: `Look at ${join(keeper.directory, 'gateway.log')}, then start it again with \`codectl up\`.`,
          cause,
        });
    }
  }
}
