// One who asks the API of a test cluster, on a clock of its own.
import { readAccess } from '../../src/adapters/runtimes/kubernetes/access/access.ts';
import { Identity } from '../../src/adapters/runtimes/kubernetes/access/credentials.ts';
import { KubeClient } from '../../src/adapters/runtimes/kubernetes/client.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';

export interface CallerOptions {
  readonly config: string;
  readonly context?: string;
  readonly mounted?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export type Caller = ReturnType<typeof callerOn>;

export function callerOn({ config, context = '', mounted, environment = {} }: CallerOptions) {
  const clock = new ManualClock(Date.parse('2030-01-01T00:00:00Z'));
  const { signal } = new AbortController();
  const told = { PATH: process.env['PATH'], ...environment };
  const access = readAccess({ config, context, ...(mounted !== undefined && { mounted }) }, told);
  const identity = new Identity(access, clock, told, signal);
  const client = new KubeClient({ access, identity, namespace: access.namespace ?? 'default', clock, random: () => 0 });
  return {
    clock,
    client,
    ask: () => client.get('/version', {}, signal),
    /** How it would show who it is. */
    shown: async () => (await identity.proof()).headers['authorization'],
  };
}
