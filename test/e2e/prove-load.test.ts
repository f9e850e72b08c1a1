// Load on a real application through the gateway: every request accounted for, by instance too, written down in the book with its raw evidence.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PhaseExhibit } from '../../src/model/proving/load.ts';
import { startCli } from '../kit/cli.ts';
import type { House } from '../kit/house.ts';
import type { Project } from '../kit/project.ts';
import { deployedProject } from '../kit/project.ts';
import { until } from '../kit/until.ts';

let house: House;
let project: string;
let run: Project['run'];

const server = `
require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/broken' ? 500 : 200;
  response.end('here');
}).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;
const manifest = `
application: till
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    stop: { drain: 1s, grace: 1s }
    strategy: { kind: rolling, bake: 100ms }
    routes: [{ host: till.localhost }]
`;

const scenario = `
flows:
  look:
    steps:
      - { request: "GET /?{who}", name: home, expect: { contains: here } }
      - { request: GET /broken, name: broken, expect: { status: 500 } }
data: { who: [ann, bob] }
phases: [{ name: steady, arrivals: constant, rate: 30, lasts: 2s }]
thresholds: ["p50 < 0ms"]
`;

beforeAll(async () => {
  ({
    house,
    directory: project,
    run,
  } = await deployedProject('till', {
    'code.yaml': manifest,
    'server.js': server,
    'visit.yaml': scenario,
    'wrong.yaml': 'flows:\n  a:\n    steps:\n      - { request: GET /, expect: { contains: "" } }\n',
  }));
});
afterAll(() => house[Symbol.asyncDispose]());

interface Document {
  readonly trial: string;
  readonly verdict: string;
  readonly evidence: string;
}

/** A slow machine may make the generator late; then it says so, and its counts hold all the same. */
async function loaded(...args: readonly string[]): Promise<{ readonly told: Document; readonly phase: PhaseExhibit }> {
  const { code, stdout, stderr } = await run('prove', 'load', 'till', '--timeout', '10m', '--json', ...args);
  expect([code, stderr]).toEqual([expect.toSatisfy((one) => one === 0 || one === 5), '']);
  const told = JSON.parse(stdout) as Document;
  expect(told.verdict).toBe(code === 0 ? 'passed' : 'inconclusive');
  return { told, phase: JSON.parse(await readFile(join(told.evidence, 'phases/load.json'), 'utf8')) as PhaseExhibit };
}

describe('codectl prove load', () => {
  it('measures a deployed application, tells its instances apart, and writes the trial down', async () => {
    const { told, phase } = await loaded('--rate', '100', '--arrivals', 'constant', '--lasts', '2s');
    expect(phase).toMatchObject({ offered: 200, sent: 200, succeeded: 200, failed: 0 });
    const { release, instances } = await house.service('web');
    expect(Object.keys(phase.byRelease)).toEqual([release]);
    expect(Object.keys(phase.byInstance)).toEqual(instances.map(({ id }) => id).sort());
    const { stdout } = await run('prove', 'list', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ trials: [{ id: told.trial, kind: 'load', verdict: told.verdict }] });
    const again = await run('prove', 'show', told.trial, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ exhibits: [{ name: 'phases/load.json' }] });
  });

  it('counts what fails by its kind', async () => {
    const { phase } = await loaded('--path', '/broken', '--rate', '50', '--lasts', '1s');
    expect(phase.succeeded).toBe(0);
    expect(phase.failures).toEqual({ 500: phase.offered });
  });

  it('follows a scenario, and ends with 13 where what it expects does not hold', async () => {
    const { code, stdout } = await run('prove', 'load', 'till', '--scenario', 'visit.yaml', '--timeout', '10m', '--json');
    const told = JSON.parse(stdout) as Document & { readonly notes: readonly string[] };
    const phase = JSON.parse(await readFile(join(told.evidence, 'phases/steady.json'), 'utf8')) as PhaseExhibit;
    expect(phase.byRequest['home']).toMatchObject({ succeeded: 60, failed: 0 });
    expect(phase.failures).toEqual({});
    // Only what was measured can miss what was promised.
    const [word, expected] = phase.generator.kept ? ['not_met', 13] : ['not_measured', 5];
    expect({ code, note: told.notes.at(-1) }).toEqual({ code: expected, note: expect.stringContaining(`p50 < 0ms: ${word}`) });
  });

  it('keeps what there is when it is interrupted, and says so in the book', async () => {
    const running = startCli(['--home', house.home, 'prove', 'load', 'till', '--lasts', '10m'], project);
    await until(
      () => running.seen(),
      (seen) => seen.includes('It may be felt'),
    );
    await until(
      () => run('prove', 'list', '--json'),
      ({ stdout }) => stdout.includes('"verdict": "') && JSON.parse(stdout).trials[0].verdict === undefined,
      undefined,
      100,
    );
    running.interrupt();
    expect(await running.done).toMatchObject({ code: 130 });
    const { stdout } = await run('prove', 'list', '--json');
    expect(JSON.parse(stdout).trials[0]).toMatchObject({ verdict: 'interrupted' });
  });

  it.each([
    [['--path', '/x y'], 'is no route of till'],
    [['--route', 'example.org'], 'example.org/ is no route of till'],
    [['--scenario', 'wrong.yaml'], 'wrong.yaml:4:47 flows.a.steps[0].expect.contains: this check cannot fail'],
  ])('refuses %j and sends nothing', async (args, message) => {
    const { code, stderr } = await run('prove', 'load', 'till', ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
