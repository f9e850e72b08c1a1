// A Docker Engine that takes calls and does not answer, or answers rubbish: played by a server on a socket, so that no Engine is needed.
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import { EngineClient } from '../../src/adapters/runtimes/docker/client.ts';
import { createDockerInstances } from '../../src/adapters/runtimes/docker/docker.ts';
import { systemClock } from '../../src/base/clock.ts';
import { releaseOf, runSpecOf } from '../../src/model/release.ts';
import { cli } from '../kit/cli.ts';
import { aRelease, aService, scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';

let place: string;
let server: Server;
let asked: string[];
let closed: string[];
/** Undefined: no answer. */
let answer: (path: string, query: URLSearchParams) => { readonly status: number; readonly json: unknown } | undefined;

function serve(request: IncomingMessage, response: ServerResponse): void {
  const path = `${request.method} ${(request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')}`;
  asked.push(path);
  request.resume();
  response.on('close', () => closed.push(path));
  const given = answer(path, new URL(request.url ?? '/', 'http://engine').searchParams);
  if (given) response.writeHead(given.status, { 'api-version': '1.41', 'builder-version': '2' }).end(JSON.stringify(given.json));
}

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'codectl-silent-'));
  [asked, closed] = [[], []];
  answer = () => undefined;
  server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(join(place, 'docker.sock'), resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(place, { recursive: true, force: true, maxRetries: 5 });
});

const target = () => ({ kind: 'socket', path: join(place, 'docker.sock') }) as const;
const never = new AbortController().signal;
const ask = (client: EngineClient) => client.json(z.unknown(), { method: 'GET', path: '/version' }, never);

describe('an Engine that does not answer', () => {
  it('is told of in time, at once to whoever comes next, and is used again once it answers', async () => {
    const client = new EngineClient(target(), { look: 200, act: 200 });
    await expect(ask(client)).rejects.toMatchObject({ code: 'runtime_unavailable', message: expect.stringContaining('does not answer') });
    const before = asked.length;
    const again = ask(client);
    await expect(again).rejects.toMatchObject({ code: 'runtime_unavailable', hint: expect.stringContaining('docker_host') });
    expect(asked.slice(before).filter((path) => path !== 'GET /_ping')).toEqual([]);
    answer = () => ({ status: 200, json: { fine: true } });
    const seen = await until(
      () => ask(client).catch(() => undefined),
      (one) => one !== undefined,
    );
    expect(seen).toEqual({ fine: true });
  });

  it('holds up neither the start of the engine nor what runs as processes', async () => {
    const home = join(place, 'home');
    const run = (...args: readonly string[]) => cli(['--home', home, ...args], place);
    const settings = ['gateway_listen=127.0.0.1:0', 'api_listen=127.0.0.1:0', `docker_host=unix://${target().path}`];
    try {
      expect(await run('up', ...settings.flatMap((one) => ['--set', one]))).toMatchObject({ code: 0 });
      expect(asked).toContain('GET /_ping');
      expect(await run('status')).toMatchObject({ code: 0 });
    } finally {
      await run('down', '--all', '--yes');
    }
  });
});

describe('a BuildKit that wants a session', () => {
  it('is left for the classic builder, and one that fails otherwise is not', async () => {
    const versions: (string | null)[] = [];
    let refusal = 'failed to solve: no active sessions';
    answer = (path, query) => {
      if (path === 'GET /_ping') return { status: 200, json: 'OK' };
      if (path === 'GET /containers/json') return { status: 200, json: [] };
      if (path !== 'POST /build') return { status: 404, json: { message: 'no such thing' } };
      versions.push(query.get('version'));
      return { status: 200, json: { error: query.get('version') === '2' ? refusal : 'the classic builder fails, too' } };
    };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const artifacts = { ...noArtifacts, materialise: async () => place };
    const shared = { home: place, artifacts, clock: systemClock, log, reach: 'address', patience: 3_600_000 } as const;
    const driver = createDockerInstances({ ...shared, engine: target() });
    const spec = runSpecOf(aService(), { kind: 'image', reference: 'web', context: `sha256:${'1'.repeat(64)}` });
    const built = async (id: string) => {
      const release = releaseOf(scope.application, 'web', spec, 0);
      const replicaSet = { id: 'set', scope, release, replicas: 1, generation: 0 };
      const record = await driver.start({ id, replicaSet, secrets: {}, surroundings: {} }, never);
      const [seen] = await until(
        () => driver.inspect([record], never),
        ([one]) => one?.state === 'exited',
      );
      return seen?.exit?.because;
    };
    expect(await built('one')).toContain('the classic builder fails, too');
    refusal = 'failed to solve: nothing to build';
    expect(await built('two')).toContain('nothing to build');
    expect(versions).toEqual(['2', '1', '2']);
    driver.close();
  });
});

describe('a start that nobody wants any more', () => {
  it('ends the pull that it waits for, and makes no container', async () => {
    answer = (path) => {
      if (path.startsWith('POST /images/create')) return undefined;
      return path === 'GET /_ping' ? { status: 200, json: 'OK' } : { status: 404, json: { message: 'no such thing' } };
    };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const shared = { home: place, artifacts: noArtifacts, clock: systemClock, log, reach: 'address', patience: 3_600_000 } as const;
    const driver = createDockerInstances({ ...shared, engine: target() });
    const release = aRelease(aService(), 'v1');
    const replicaSet = { id: 'set', scope, release, replicas: 1, generation: 0 };
    const record = await driver.start({ id: 'job-1', replicaSet, secrets: {}, surroundings: {} }, never);
    expect(record.state).toBe('starting');
    await until(
      () => asked,
      (seen) => seen.includes('POST /images/create'),
    );
    const given = driver.giveUp?.('job-1');
    await until(
      () => closed,
      (seen) => seen.includes('POST /images/create'),
    );
    await given;
    expect(asked.filter((path) => path.includes('/containers/create'))).toEqual([]);
    driver.close();
  });
});
