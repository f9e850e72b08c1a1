// Trials that look for limits, on a real application through the gateway: sizes are put back, evidence says the same again, and interruption leaves nothing.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scaleFigures } from '../../src/decide/prove/figures/scale.ts';
import { nominalFigures, stressFigures } from '../../src/decide/prove/figures/stress.ts';
import type { Exhibit } from '../../src/model/proving/trial.ts';
import { startCli } from '../kit/cli.ts';
import type { House } from '../kit/house.ts';
import type { Project } from '../kit/project.ts';
import { deployedProject } from '../kit/project.ts';
import { until } from '../kit/until.ts';

let house: House;
let project: string;
let run: Project['run'];

// One request at a time, four milliseconds each: its limit is its own, not the machine's.
const server = `
const waiting = [];
let busy = false;
const next = () => {
  const response = waiting.shift();
  busy = response !== undefined;
  if (busy) setTimeout(() => { response.end('here'); next(); }, 4);
};
require('node:http').createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  waiting.push(response);
  if (!busy) next();
}).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;
const manifest = `
application: till
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 1
    probe: { path: /healthz, interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    stop: { drain: 1s, grace: 1s }
    strategy: { kind: rolling, bake: 100ms }
    routes: [{ host: till.localhost }]
  hidden:
    run: { command: [node, server.js] }
    port: 8081
    probe: { path: /healthz, interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    stop: { drain: 1s, grace: 1s }
    strategy: { kind: rolling, bake: 100ms }
`;

beforeAll(async () => {
  ({ house, directory: project, run } = await deployedProject('till', { 'code.yaml': manifest, 'server.js': server }));
});
afterAll(() => house[Symbol.asyncDispose]());

interface Document {
  readonly trial: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly exhibits: readonly Exhibit[];
  readonly figures: readonly { readonly id: string; readonly estimate: number; readonly n: number }[];
  readonly unmeasured: readonly { readonly id: string; readonly because: string }[];
}

async function evidenceOf({ evidence, exhibits }: Document): Promise<Record<string, unknown>> {
  const read = async ({ name }: Exhibit) => [name, JSON.parse(await readFile(join(evidence, name), 'utf8'))] as const;
  return Object.fromEntries(await Promise.all(exhibits.map(read)));
}

const replicas = async () => (await house.service('web')).replicas;

describe('codectl prove scale', () => {
  it('measures each size by changes that everybody can make, and puts the old one back', async () => {
    const args = ['prove', 'scale', 'till', 'web', '--replicas', '1..2', '--profile', 'smoke', '--users', '0', '--slo-p99', '10s'];
    const { code, stdout, stderr } = await run(...args, '--json');
    expect([code, stderr]).toEqual([expect.toSatisfy((one) => one === 0 || one === 5), '']);
    const told = JSON.parse(stdout) as Document;
    const evidence = await evidenceOf(told);
    expect(evidence['scale.json']).toMatchObject({ service: 'web', steps: [{ kind: 'round' }, { kind: 'round' }, { kind: 'even' }] });
    // Whoever verifies it reads the same out of it.
    expect(scaleFigures(evidence)).toEqual({ figures: told.figures, unmeasured: told.unmeasured });
    expect(told.figures.find((one) => one.id === 'scalability.discovery')).toMatchObject({ n: 1 });
    expect(await replicas()).toBe(1);
    const kept = await run('prove', 'show', told.trial, '--json');
    expect(JSON.parse(kept.stdout)).toMatchObject({ kind: 'scale', verdict: told.verdict });
  });

  it('puts the size back when it is interrupted in the middle', async () => {
    const running = startCli(['--home', house.home, 'prove', 'scale', 'till', 'web', '--replicas', '3..3', '--profile', 'full'], project);
    await until(replicas, (now) => now === 3);
    running.interrupt();
    expect(await running.done).toMatchObject({ code: 130 });
    expect(await replicas()).toBe(1);
    const { stdout } = await run('prove', 'list', '--json');
    expect(JSON.parse(stdout).trials[0]).toMatchObject({ kind: 'scale', verdict: 'interrupted' });
  });
});

describe('codectl prove stress', () => {
  it('keeps what it found so far when it is interrupted, and claims nothing of the rest', async () => {
    const running = startCli(
      ['--home', house.home, 'prove', 'stress', 'till', '--profile', 'smoke', '--slo-p99', '10s', '--json'],
      project,
    );
    const evidence = join(house.home, 'evidence');
    const begun = async () =>
      JSON.parse((await run('prove', 'list', '--json')).stdout).trials[0] as { readonly id: string; readonly kind: string };
    const { id } = await until(begun, ({ kind }) => kind === 'stress');
    await until(
      () => readFile(join(evidence, id, 'phases/warm-01.json'), 'utf8').catch(() => ''),
      (seen) => seen !== '',
    );
    running.interrupt();
    const { code, stdout } = await running.done;
    expect(code).toBe(130);
    const told = JSON.parse(stdout) as Document;
    expect(told.verdict).toBe('interrupted');
    const evidenceAgain = await evidenceOf(told);
    const [limits, nominal] = [stressFigures(evidenceAgain), nominalFigures(evidenceAgain)];
    expect([...limits.figures, ...nominal.figures]).toEqual(told.figures);
    expect([...limits.unmeasured, ...nominal.unmeasured]).toEqual(told.unmeasured);
    expect(told.unmeasured).toContainEqual({ id: 'stress.knee', because: 'it was interrupted' });
    expect(told.figures.find((one) => one.id === 'stress.phases')).toMatchObject({ estimate: 0, n: 7 });
  });

  it.each([
    [['stress', 'till', '--profile', 'qick'], 'There is no profile "qick", did you mean "quick"?'],
    [['stress', 'till', '--abort-on', 'cpu'], '--abort-on: "cpu" is no limit'],
    [['stress', 'till', '--slo-p99', 'soon'], '--slo-p99: "soon" is no duration'],
    [['stress', 'till', '--slo-errors', '2'], '--slo-errors: "2" is no share'],
    [['stress', 'till', '--most', '1'], '--most: "1" is no whole number from 2'],
    [['scale', 'till', 'wbe'], 'till has no service "wbe", did you mean "web"?'],
    [['scale', 'till', 'hidden'], 'No route leads to hidden'],
    [['scale', 'till', 'web', '--replicas', '4..1'], '--replicas: "4..1" is no range of sizes'],
  ])('refuses %j and sends nothing', async (args, message) => {
    const { code, stderr } = await run('prove', ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
