// An application worth breaking: several instances over one file of records, with an API to write and to read them all.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { homeAt } from '../../../src/main/home.ts';
import { driversFor, journalOf } from '../../../src/main/prove/faults.ts';
import type { Experiment } from '../../../src/model/proving/experiment.ts';
import type { FaultTarget } from '../../../src/model/proving/fault.ts';
import { identityOf } from '../../../src/platform/process/identity.ts';
import type { ChaosSite, ChaosTarget } from '../../../src/proving/chaos/site.ts';
import { openLoadEngine } from '../../../src/proving/load/ours.ts';
import type { House } from '../../kit/house.ts';
import { until } from '../../kit/until.ts';

const server = `
const { appendFileSync, readFileSync, closeSync, openSync } = require('node:fs');
const { createServer } = require('node:http');
const file = process.env.CODE_VOLUME_DATA + '/records';
closeSync(openSync(file, 'a'));
const keys = new Map();
createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  if (request.method === 'POST') {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      if (!SKIP(JSON.parse(body))) appendFileSync(file, body + '\\n');
      response.writeHead(201).end();
    });
    return;
  }
  if (request.url === '/items') {
    const items = readFileSync(file, 'utf8').split('\\n').filter(Boolean).map((line) => JSON.parse(line));
    return response.setHeader('content-type', 'application/json').end(JSON.stringify({ items }));
  }
  const after = /^\\/pages\\?after=(\\d+)$/.exec(request.url)?.[1];
  if (after !== undefined) {
    const all = readFileSync(file, 'utf8').split('\\n').filter(Boolean).map((line, at) => ({ at: at + 1, ...JSON.parse(line) }));
    return response.end(JSON.stringify(all.slice(Number(after), Number(after) + 7)));
  }
  if (request.url.startsWith('/keys/')) {
    const [now, before] = keys.get(request.url) ?? [];
    const value = STALE && before !== undefined ? before : now;
    if (request.method === 'PUT') {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        const [last] = keys.get(request.url) ?? [];
        keys.set(request.url, [JSON.parse(body).value, last]);
        response.end();
      });
      return;
    }
    if (value === undefined) response.statusCode = 404;
    return response.end(JSON.stringify({ value }));
  }
  if (request.url === '/missing') response.statusCode = 500;
  response.end('hello');
}).listen(process.env.PORT, process.env.HOST);
`;

export interface Wanted {
  readonly replicas?: number;
  readonly memory?: string;
  /** An expression of `record`: true for one that is acknowledged and thrown away. */
  readonly skips?: string;
  /** Registers answer with what they held before. */
  readonly stale?: boolean;
}

/** Deployed and ready; its host is `NAME.localhost`. */
export async function deployApp(
  house: House,
  name: string,
  { replicas = 2, memory, skips = 'false', stale = false }: Wanted = {},
): Promise<void> {
  const directory = join(house.root, name);
  await mkdir(directory);
  await writeFile(join(directory, 'server.js'), `const SKIP = (record) => ${skips};\nconst STALE = ${stale};\n${server}`);
  const manifest = `
application: ${name}
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: ${replicas}
    ${memory === undefined ? '' : `resources: { memory: ${memory} }`}
    probe: { path: /healthz, interval: 100ms, timeout: 30s, passes: 1, fails: 3, deadline: 10m }
    stop: { drain: 1s, grace: 1s }
    strategy: { kind: rolling, bake: 10ms }
    volumes: [{ name: data, path: /data }]
    routes: [{ host: ${name}.localhost, path: / }]
`;
  const { outcome, reason } = await house.outcome(await house.deploy(manifest, { web: directory }));
  if (outcome !== 'succeeded') throw new Error(`${name} was not deployed: ${outcome} ${reason}`);
}

interface TargetSeen {
  readonly door: string;
  readonly daemon: { readonly pid: number };
  readonly gateway: readonly { readonly pid: number }[];
  readonly services: readonly {
    readonly service: string;
    readonly instances: readonly { readonly id: string; readonly pid?: number; readonly address?: string; readonly ready: boolean }[];
  }[];
}

export async function targetOf(house: House, name: string, path = '/'): Promise<ChaosTarget> {
  const seen = await house.call<TargetSeen>('trials.target', { application: name, environment: 'default' }, 'GET');
  return {
    door: addressIn(seen.door),
    plainDoor: addressIn(seen.door),
    route: { host: `${name}.localhost`, path, service: 'web' },
    services: Object.fromEntries(
      seen.services.map(({ service, instances }) => [
        service,
        instances.flatMap(({ id, pid, address, ready }) =>
          ready && pid !== undefined && address !== undefined
            ? [{ kind: 'instance', id, service, pid, address: addressIn(address) } as const]
            : [],
        ),
      ]),
    ),
    needs: {},
    daemon: seen.daemon.pid,
    gateways: seen.gateway.map(({ pid }) => pid),
  };
}

export async function oneInstance(house: House, name: string): Promise<Extract<FaultTarget, { kind: 'instance' }>> {
  const [one] = await until(
    async () => (await targetOf(house, name)).services['web'] ?? [],
    (all) => all.length > 0,
  );
  if (!one) throw new Error('nobody is ready');
  return one;
}

function addressIn(text: string): { readonly host: string; readonly port: number } {
  const [host = '', port = ''] = text.split(':');
  return { host, port: Number(port) };
}

export function siteOf(house: House, name: string, said: string[] = []): ChaosSite {
  const home = homeAt(house.home, {});
  const prover = identityOf(process.pid);
  if (!prover) throw new Error('this process is unknown');
  return {
    target: (path) => targetOf(house, name, path),
    drivers: driversFor('process', home, () => house.up()),
    journal: journalOf(home),
    prover,
    clock: systemClock,
    openLoad: openLoadEngine,
    seed: 1,
    say: (line) => said.push(line),
  };
}

/** Short, and content with a slow machine: what is promised of times is not asked here. */
export function quickly(experiment: Partial<Experiment> & Pick<Experiment, 'name'>): Experiment {
  return {
    faults: [],
    load: { rate: 40, path: '/' },
    before: 2_000,
    steady: { success: 0.2, p99: 60_000, goodput: 0.2, least: 20 },
    recovery: { good: 2_000, within: 600_000, watch: 120_000 },
    ...experiment,
  };
}

export const records: Experiment['integrity'] = {
  write: { method: 'POST', path: '/items', body: '{"id":"{id}","value":"{value}"}', type: 'application/json' },
  read: { path: '/items', items: 'items', id: 'id', value: 'value' },
  clients: 3,
};

/** The same, read seven at a time. */
export const paged: Experiment['integrity'] = {
  ...records,
  read: { path: '/pages?after={after}', items: '', id: 'id', value: 'value', pages: { after: 'at', start: '0' } },
};

/** Registers beside the records. */
export const registers: Experiment['integrity'] = {
  ...records,
  register: {
    write: { method: 'PUT', path: '/keys/{key}', body: '{"value":"{value}"}', type: 'application/json' },
    read: { path: '/keys/{key}', value: 'value' },
    keys: 2,
  },
};
