// Each benchmark, with tiny parameters, answers a well-formed report; none of them is judged by its speed here.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchReport } from '../../src/proving/bench/report.ts';

const cli = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));
/** Each starts a whole engine or several servers, on machines that may be busy; how long it takes is nobody's concern here. */
const patience = 900_000;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'codectl-bench-test-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function bench(name: string, ...args: readonly string[]): Promise<BenchReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'bench', name, '--json', ...args]);
  return JSON.parse(stdout) as BenchReport;
}

const medianOf = (report: BenchReport, name: string) => report.contestants.find((one) => one.name === name)?.median;
const failures = (report: BenchReport) =>
  report.contestants.filter((one) => one.name.startsWith('codectl') && /failed|broken/.test(one.name));

describe('a benchmark', () => {
  it(
    'of load measures ours and each generator that is installed, beside what the server knows',
    async () => {
      const report = await bench('load', '--rounds', '1', '--set', 'seconds=2', '--set', 'rate=50', '--set', 'connections=4');
      expect(medianOf(report, 'codectl: requests a second of CPU')).toBeGreaterThan(0);
      // How true it is on a busy machine is nobody's promise; that it is told is.
      for (const what of ['p50, off the truth', 'p99 over a stall of a second, off the truth', 'constant arrivals, variation in 20 ms'])
        expect(medianOf(report, `codectl: ${what}`)).toBeGreaterThanOrEqual(0);
      expect(report.contestants.find((one) => one.name.startsWith('autocannon'))).toMatchObject({
        absent: expect.stringContaining('npm install'),
      });
    },
    patience,
  );

  it(
    'of start-up names the machine, its parameters and a median for everything, and writes its section',
    async () => {
      const page = join(directory, 'benchmarks.md');
      const report = await bench('startup', '--rounds', '1', '--write', page);
      expect(report).toMatchObject({ bench: 'startup', parameters: { rounds: 1 }, machine: { node: process.versions.node } });
      expect(report.contestants.map((one) => one.samples.length)).toEqual([1, 1, 1, 1]);
      expect(report.contestants.every((one) => (one.median ?? 0) > 0)).toBe(true);
      expect(await readFile(page, 'utf8')).toMatch(
        /^# Benchmarks[^]*<!-- bench startup -->[^]*daemon and gateway to ready[^]*<!-- end of bench startup -->/,
      );
    },
    patience,
  );

  it(
    'of tools for agents calls ours and a bare server of the SDK from a process beside them',
    async () => {
      const report = await bench('mcp', '--rounds', '1', '--set', 'clients=2', '--set', 'calls=4', '--set', 'warmup=1');
      expect(report.contestants.map((one) => [one.name, one.samples.length, (one.median ?? 0) > 0])).toEqual(
        ['codectl', 'bare SDK server'].flatMap((name) => ['calls a second', 'p50', 'p99'].map((what) => [`${name}: ${what}`, 1, true])),
      );
      expect(report.ratios.map((one) => one.name)).toEqual(['codectl / bare SDK server, p50', 'codectl / bare SDK server, p99']);
    },
    patience,
  );

  it(
    'of recovery kills a replica and sees it replaced; a peer that is not there is absent, never zero',
    async () => {
      const report = await bench('recover', '--rounds', '1', '--set', 'replicas=2', '--set', 'swarm=0');
      expect(medianOf(report, 'codectl: kill to whole again')).toBeGreaterThan(0);
      // How many were under way at the kill is up to the machine, and the gateway asks again for a share of them only.
      expect(failures(report).map((one) => one.samples)).toEqual([[expect.any(Number)]]);
      const absent = (name: string, why: unknown) => ({ name: `${name}: kill to whole again`, unit: 'ms', absent: why, samples: [] });
      expect(report.contestants.slice(-2)).toEqual([
        absent('PM2', expect.stringContaining('not installed')),
        absent('Swarm, defaults', 'left out by --set swarm=0'),
      ]);
      expect(report.ratios).toEqual([]);
    },
    patience,
  );

  it(
    'of the engine compares sizes, and heaps over deploys',
    async () => {
      const report = await bench('engine', '--rounds', '2', '--deploys', '20', '--set', 'services=1000');
      expect(medianOf(report, 'a pass over 1000 services')).toBeGreaterThan(0);
      expect(report.contestants.find((one) => one.name === 'heap while deploying')?.samples).toHaveLength(20);
      expect(report.ratios.map((one) => one.name)).toEqual([
        'time a service, 100 / 10 services',
        'time a service, 1000 / 100 services',
        'heap, last fifth of the deploys / second fifth',
      ]);
    },
    patience,
  );

  it(
    'of the door has a figure for each of its parts',
    async () => {
      const report = await bench('dispatch', '--set', 'calls=20', '--set', 'warmup=2');
      expect(report.contestants.map((one) => one.samples.length)).toEqual([20, 20, 20, 20, 20]);
      expect(report.contestants.every((one) => (one.median ?? 0) > 0)).toBe(true);
    },
    patience,
  );

  it(
    'of the gateway has a figure for every load, or says what is missing',
    async () => {
      const report = await bench('gateway', '--rounds', '1', '--set', 'seconds=1', '--set', 'connections=1');
      const ours = report.contestants.filter((one) => one.name.startsWith('codectl'));
      if (ours[0]?.absent?.includes('wrk')) return;
      expect(ours.map((one) => one.name)).toContain('codectl, 1 × 64KiB: requests a second of CPU');
      expect(medianOf(report, 'codectl, 1 × 1KiB: requests a second of CPU')).toBeGreaterThan(0);
      expect(report.contestants.find((one) => one.name === 'http-proxy-3')?.absent).toContain('not installed');
      expect(report.notes.filter((note) => note.startsWith('codectl'))).toEqual([]);
    },
    patience,
  );

  it(
    'of verdicts has a share and a time for every rule and story',
    async () => {
      const report = await bench('verdict', '--rounds', '2', '--set', 'rollouts=2', '--set', 'seconds=120');
      expect(medianOf(report, 'codectl: aborted, the same release, a shared outage of 20 s')).toBe(0);
      expect(medianOf(report, 'codectl: found, 5 points more errors')).toBe(100);
      expect(report.contestants.find((one) => one.name === 'codectl: seconds to find twice the p99')?.samples).toHaveLength(2);
      expect(report.contestants.filter((one) => one.name.startsWith('Mann–Whitney'))).toHaveLength(18);
      expect(report.ratios).toHaveLength(9);
    },
    patience,
  );

  it(
    'D-02 of deploys ships version after version, and none of the users notices',
    async () => {
      const small = ['replicas=1', 'swarm=0', 'rate=50', 'slow=3', 'sockets=3', 'seconds=1'].flatMap((one) => ['--set', one]);
      const report = await bench('deploy', '--rounds', '1', '--deploys', '2', ...small);
      expect(report.contestants.find((one) => one.name === 'codectl, 1 replicas: one deploy')?.samples).toHaveLength(2);
      expect(failures(report).map((one) => one.samples)).toEqual([[0], [0], [0], [0]]);
    },
    patience,
  );

  it(
    'of rollbacks goes back from a live release and from half a canary, and none of the users notices',
    async () => {
      const report = await bench('rollback', '--rounds', '1', ...['replicas=1', 'rate=50', 'seconds=1'].flatMap((one) => ['--set', one]));
      const failed = report.contestants.filter((one) => one.name.endsWith('failed requests while going back'));
      expect(failed.map((one) => one.samples)).toEqual([[0], [0]]);
      expect(report.ratios).toHaveLength(2);
    },
    patience,
  );
});
