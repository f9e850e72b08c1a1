// Streams of requests at the gateway: whatever it passes on must be what both it and node:http read there, and the instance must get whole requests only.
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { Random } from '../../src/base/random.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { defaultTrafficPolicy } from '../../src/model/traffic.ts';
import type { SeenRequest } from '../../test/gateway/differential.ts';
import { difference, Oracle, readOurs } from '../../test/gateway/differential.ts';
import { until } from '../../test/kit/until.ts';
import { lastRequest, speak } from '../security/assault/wire.ts';
import { pieces, streams } from './http-words.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

/** How long a connection that waits for more is kept, in milliseconds; nothing is judged by it. */
const quiet = 60;
/** Of this process, which is gateway, instance and client in one. */
const affordable = 1_024 * 2 ** 20;

interface Read {
  readonly method: string;
  readonly target: string;
  readonly content: string;
  readonly fields: readonly string[];
}

export async function gatewayRequests(): Promise<Target> {
  const seen: Read[] = [];
  const instance = await listening(seen);
  const gateway = new Gateway({ keep: async () => undefined });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const upstream = { instance: 'one', host: '127.0.0.1', port: (instance.address() as { readonly port: number }).port };
  const service = {
    key: 'a/b/c',
    policy: { ...defaultTrafficPolicy, hold: 0 },
    releases: [{ release: 'r', weight: 1, upstreams: [upstream] }],
  };
  await gateway.apply({ version: 1, services: [service], routes: [{ host: '*', path: '/', service: service.key }] });
  const oracle = new Oracle();
  await oracle.open();
  const idle = () =>
    until(
      () => Object.keys(gateway.observe().inFlight).length,
      (count) => count === 0,
    );
  return {
    name: 'gateway',
    draw,
    attempt: async (text) => {
      const bytes = Buffer.from(text, 'latin1');
      const differs = difference(readOurs(bytes), await oracle.read(bytes));
      if (differs !== undefined) return differs;
      seen.splice(0);
      await speak(port, text, { host: 'a', quiet });
      await idle();
      // What was left open takes in what comes last.
      return misread(seen, readOurs(Buffer.from(text + lastRequest('a'), 'latin1')).requests);
    },
    conclude: async () => {
      const { rss } = process.memoryUsage();
      return rss < affordable ? undefined : `${Math.round(rss / 2 ** 20)} MiB are resident at the end`;
    },
    close: async () => {
      oracle.close();
      await gateway.stop(AbortSignal.abort());
      instance.close();
      instance.closeAllConnections();
    },
  };
}

function draw(random: Random): string {
  const parts = [random.pick(streams), ...random.many(2, () => random.pick(streams))];
  return mutated(parts.join(''), random, pieces, 4);
}

/** Notes what came whole. */
async function listening(seen: Read[]): Promise<Server> {
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('error', () => undefined);
    incoming.on('end', () => {
      const { method = '', url: target = '', rawHeaders: fields } = incoming;
      seen.push({ method, target, fields, content: Buffer.concat(parts).toString('latin1') });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The instance has to have seen the requests that stand in the bytes, in their order, each as it stands there, and no other. */
function misread(seen: readonly Read[], meant: readonly SeenRequest[]): string | undefined {
  const whole = meant.filter(({ complete }) => complete);
  for (const [at, one] of seen.entries()) {
    const other = whole[at];
    if (!other) return `the instance read one more: ${JSON.stringify(one)}`;
    // Whether the target was absolute is the gateway's business.
    const same = one.method === other.method && pathOf(one.target) === pathOf(other.target) && one.content === other.body;
    if (!same) return `the instance read ${JSON.stringify(one)}\n where there was ${JSON.stringify(other)}`;
    const wrong = framing(one.fields);
    if (wrong !== undefined) return `${wrong}: ${JSON.stringify(one)}`;
  }
  return undefined;
}

function pathOf(target: string): string {
  return target.replace(/^http:\/\/[^/?]*/i, '') || '/';
}

/** By which an application learns who calls. */
const claims: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip']);

function framing(fields: readonly string[]): string | undefined {
  const names = fields.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const count = (name: string) => names.filter((one) => one === name).length;
  if (count('content-length') + count('transfer-encoding') > 1) return 'two lengths';
  if (count('x-forwarded-for') !== 1) return 'not one X-Forwarded-For';
  // Under any other name it says nothing of who calls.
  const claimed = fields.some((value, at) => at % 2 === 1 && value.includes('6.6.6.6') && claims.has(fields[at - 1]?.toLowerCase() ?? ''));
  return claimed ? 'somebody’s claim was passed on' : undefined;
}
