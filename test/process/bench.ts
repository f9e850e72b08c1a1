// A home with real processes in it: releases are directories of small Node.js programs, and everything is gone after the test.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placesIn } from '../../src/adapters/runtimes/process/places.ts';
import type { ProcessInstances } from '../../src/adapters/runtimes/process/process.ts';
import { createProcessInstances } from '../../src/adapters/runtimes/process/process.ts';
import type { ProcessOptions } from '../../src/adapters/runtimes/process/site.ts';
import { systemClock } from '../../src/base/clock.ts';
import { digestOf } from '../../src/base/digest.ts';
import { CodeError } from '../../src/base/errors.ts';
import { replicaSetId } from '../../src/model/instance.ts';
import { releaseOf, runSpecOf } from '../../src/model/release.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { markOf } from '../../src/platform/process/mark.ts';
import { listPids } from '../../src/platform/process/proc.ts';
import type { Artifacts } from '../../src/ports/artifacts.ts';
import type { StartRequest } from '../../src/ports/instances.ts';
import type { InstanceRecord } from '../../src/ports/store.ts';
import { aService, scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';

export const never = new AbortController().signal;

/** Serves its own environment as JSON; exits with code 3 on SIGTERM. */
export const server = `
require('node:http').createServer((_, response) => response.end(JSON.stringify(process.env))).listen(process.env.PORT, process.env.HOST, () => console.log('up'));
process.on('SIGTERM', () => process.exit(3));
`;

export class Bench {
  readonly home: string;
  readonly warnings: string[] = [];
  readonly #drivers: ProcessInstances[] = [];
  readonly #snapshots = new Map<string, string>();
  #count = 0;

  private constructor(home: string) {
    this.home = home;
  }

  static async open(): Promise<Bench> {
    return new Bench(await mkdtemp(join(tmpdir(), 'code-process-')));
  }

  /** A driver as a daemon makes it; a second one is the next daemon's. */
  driver(options: Partial<ProcessOptions> = {}): ProcessInstances {
    const log = {
      info: () => {},
      warn: (_: unknown, text: string) => void this.warnings.push(text),
      error: (_: unknown, text: string) => void this.warnings.push(text),
    };
    const artifacts = { materialise: async (digest: string) => this.#snapshot(digest) } as unknown as Artifacts;
    const one = createProcessInstances({
      home: this.home,
      artifacts,
      clock: systemClock,
      portRange: { first: 20_000, last: 29_999 },
      log,
      lookEveryMs: 50,
      ...options,
    });
    this.#drivers.push(one);
    return one;
  }

  /** A request to start `program` (the text of a CommonJS file) or what `varied` says. */
  async request(program: string, varied: Partial<ServiceSpec> = {}, secrets: Record<string, string> = {}): Promise<StartRequest> {
    const digest = digestOf(program);
    const directory = join(this.home, 'snapshots', digest.slice(7, 19));
    await mkdir(join(directory, 'node_modules', '.bin'), { recursive: true });
    await writeFile(join(directory, 'main.cjs'), program);
    this.#snapshots.set(digest, directory);
    const spec = aService({ source: { kind: 'run', command: ['node', 'main.cjs'], directory: '.' }, ...varied });
    const release = releaseOf(scope.application, spec.name, runSpecOf(spec, { kind: 'snapshot', digest }), 0);
    this.#count += 1;
    const replicaSet = { id: replicaSetId(scope, release.id), scope, release, replicas: 1, generation: 0 };
    return { id: `api-${this.#count}`, replicaSet, secrets, surroundings: { CODE_GATEWAY_URL: 'http://127.0.0.1:8080' } };
  }

  directoryOf(request: StartRequest): string {
    const { artifact } = request.replicaSet.release.run;
    return this.#snapshot(artifact.kind === 'snapshot' ? artifact.digest : '');
  }

  #snapshot(digest: string): string {
    const directory = this.#snapshots.get(digest);
    if (directory === undefined) throw new CodeError('artifact_missing', `no snapshot ${digest}`);
    return directory;
  }

  /** Pids of living processes that carry the instance's mark, whoever their parent is now. */
  living(id: string, home = this.home): readonly number[] {
    return listPids().filter((pid) => markOf(pid)?.instance === id && markOf(pid)?.home === placesIn(home).homeId);
  }

  async close(): Promise<void> {
    const driver = this.driver();
    for (const stray of await driver.strays(new Set(), never)) {
      await driver.stop(stray, 0, never);
      await driver.forget(stray);
    }
    for (const one of this.#drivers) one.close();
    await rm(this.home, { recursive: true, force: true });
  }
}

export async function exited(driver: ProcessInstances, record: InstanceRecord): Promise<InstanceRecord> {
  const seen = await until(
    async () => driver.inspect([record], never),
    ([one]) => one?.state === 'exited',
  );
  return seen[0] ?? record;
}

export async function lines(driver: ProcessInstances, record: InstanceRecord, stream?: 'out' | 'err'): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const line of driver.logs(record, { follow: false }, never))
    if (stream === undefined || line.stream === stream) all.push(line.text);
  return all;
}

/** Until it has printed a line. */
export async function printed(driver: ProcessInstances, record: InstanceRecord, line: string): Promise<void> {
  await until(
    () => lines(driver, record),
    (seen) => seen.includes(line),
  );
}
