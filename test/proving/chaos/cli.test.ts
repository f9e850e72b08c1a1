// `codectl prove chaos` by its command line: what it says beforehand, what it leaves in the book and on disk, and how it ends.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judgeExperiment } from '../../../src/decide/prove/chaos.ts';
import type { ChaosExhibit } from '../../../src/model/proving/experiment.ts';
import { cli, startCli } from '../../kit/cli.ts';
import { House } from '../../kit/house.ts';
import { until } from '../../kit/until.ts';
import { deployApp, siteOf } from './kit.ts';

let house: House;
let directory: string;
beforeAll(async () => {
  house = await House.open();
  directory = join(house.root, 'here');
  await mkdir(directory);
  await deployApp(house, 'shop', { replicas: 2 });
});
afterAll(() => house[Symbol.asyncDispose]());

const quick = ['--before', '2s', '--good', '2s', '--rate', '40', '--slo-p99', '60s'];
const prove = (...args: readonly string[]) => ['prove', 'chaos', ...args, '--home', house.home];

interface Told {
  readonly trial: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly figures: readonly { readonly id: string }[];
  readonly exhibits: readonly { readonly name: string; readonly digest: string }[];
}

it('crashes an instance, and leaves its evidence and a line in the book', async () => {
  const file = join(directory, 'mine.yaml');
  const text = `
name: mine
load: { rate: 40 }
before: 2s
steady: { success: 20%, goodput: 20%, p99: 60s, least: 20 }
faults: [{ kind: crash, lasts: 1s }]
recovery: { good: 2s, within: 10m, watch: 5m }
integrity:
  write: { path: /items, body: '{"id":"{id}","value":"{value}"}' }
  read: { path: /items, items: items, id: id, value: value }
  clients: 2
`;
  await writeFile(file, text);
  const { code, stdout, stderr } = await cli(prove('shop', '--experiment', './mine.yaml', '--repeats', '2', '--json'), directory);
  expect(stderr).toBe('');
  const told = JSON.parse(stdout) as Told;
  expect([code, told.verdict]).toEqual([0, 'passed']);
  expect(told.figures.map(({ id }) => id)).toEqual(expect.arrayContaining(['chaos.crash.verified', 'chaos.crash.recovery', 'chaos.lost']));
  for (const name of ['experiments/mine.json', 'experiments/mine-2.json']) {
    const exhibit = JSON.parse(await readFile(join(told.evidence, name), 'utf8')) as ChaosExhibit;
    expect(judgeExperiment(exhibit).verdict).toBe('passed');
  }
  const kept = await house.call<{ verdict: string; kind: string; touches: string[] }>('trials.get', { id: told.trial }, 'GET');
  expect(kept).toMatchObject({ kind: 'chaos', verdict: 'passed', touches: expect.arrayContaining(['mine: crash of 1 of web for 1s × 2']) });
});

it('undoes and reports at once when it is interrupted', async () => {
  const running = startCli(prove('shop', '--experiment', 'partition', '--lasts', '1h', ...quick), directory);
  await until(
    () => running.seen(),
    (text) => text.includes(' acts: '),
  );
  running.interrupt();
  const { code, stdout } = await running.done;
  expect(code).toBe(130);
  expect(stdout).toMatch(/Trial \S+: interrupted\. Its raw evidence is in /);
  expect(await siteOf(house, 'shop').journal.pending()).toEqual([]);
});

it.for([
  [['--experiment', 'partitoin'], 'There is no experiment "partitoin", did you mean "partition"?'],
  [['--experiment', './none.yaml'], 'There is no file ./none.yaml.'],
  [['--experiment', './bad.yaml'], './bad.yaml:2:18 faults[0].kind: expected crash, pause, partition'],
  [['--lasts', 'soon'], '--lasts: "soon" is no duration.'],
  [['--repeats', '0'], '--repeats: 0 is not between 1 and 100.'],
  [['--route', 'other.localhost'], 'other.localhost'],
] as const)('refuses %j', async ([args, message]) => {
  await writeFile(join(directory, 'bad.yaml'), 'name: bad\nfaults: [{ kind: meteor, lasts: 1s }]\nload: { rate: 10 }\n');
  const { code, stderr } = await cli(prove('shop', ...args), directory);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

it('has nothing to undo', async () => {
  const { code, stdout } = await cli(prove('--undo'), directory);
  expect([code, stdout]).toEqual([0, 'Nothing was left broken.\n']);
});

it('tells by doctor which faults are possible here, and why others are not', async () => {
  const { stdout } = await cli(['doctor', '--home', house.home], directory);
  expect(stdout).toMatch(/faults: possible on processes: .*partition.*crash.*not possible: .*clock_skew \(/);
});
