// Our own gateway as a process of its own, told its route table as the daemon would tell it.
import { CodeError } from '../../../base/errors.ts';
import type { RouteTable } from '../../../model/route.ts';
import { defaultTrafficPolicy } from '../../../model/traffic.ts';
import { localRequest, localSocketPath } from '../../../platform/local-socket.ts';
import { until } from '../contenders/contender.ts';
import type { Passage, ProxyEntrant } from './proxy.ts';

export function ourGateway(command: readonly [string, ...string[]]): ProxyEntrant {
  return {
    name: 'codectl',
    setup: ({ directory, port }) => ({ files: {}, command: [...command, '--directory', directory, '--listen', `127.0.0.1:${port}`] }),
    told: tellTable,
  };
}

/** Resolves when the gateway process of this directory serves by its table. */
export async function tellTable(passage: Passage, signal: AbortSignal): Promise<void> {
  const socketPath = await localSocketPath(passage.directory, 'gateway.sock');
  const put = () =>
    localRequest({ socketPath, method: 'PUT', path: '/table', body: tableOf(passage), signal }).catch((thrown: unknown) => {
      signal.throwIfAborted();
      // It listens for requests a moment before it listens for us.
      if (thrown instanceof Error && 'code' in thrown) return undefined;
      throw thrown;
    });
  const { status, text } = await until('the gateway to take its table', put, signal, 5_000);
  if (status !== 200) throw new CodeError('gateway_unavailable', `The gateway answered ${status}: ${text}`);
}

function tableOf({ upstream }: Passage): RouteTable {
  const upstreams = [{ instance: 'one', host: '127.0.0.1', port: upstream }];
  const service = { key: 'bench/bench/web', releases: [{ release: 'web@1', weight: 1, upstreams }], policy: defaultTrafficPolicy };
  return { version: 1, routes: [{ host: '*', path: '/', service: service.key }], services: [service] };
}
