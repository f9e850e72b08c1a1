// Known values are given to everything that can print them; then everything that the engine keeps, writes and shows is searched for them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Found } from '../kit/canary.ts';
import { formsOf, search as searchFor, searchHome } from '../kit/canary.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';

const values = {
  PLAIN: 'canary-plain-7f3Qx',
  ODD: 'canary "odd"\\value/ä+b&c=%d',
  LINES: 'canary-line-one-aaa\ncanary-line-two-bbb\n',
  FORMER: 'canary-former-zz91',
  FILED: 'canary-filed-q7Lw\nand-its-second-line',
} as const;
const names = Object.keys(values);
/** One of them is a file. */
const wanted = names.map((name) => (name === 'FILED' ? `{ name: ${name}, as: file }` : name)).join(', ');
/** Of the store, as the environment gives it. */
const engineKey = Buffer.alloc(32, 'canary key').toString('base64');

const forbidden = [...formsOf(values), { name: 'CODE_SECRETS_KEY', form: engineKey }];

/** Prints every value in every form, on both streams, in one line and in pieces; then does what it is told. */
const tell = `
const shown = [process.env.PLAIN, process.env.ODD, process.env.LINES, process.env.FORMER, require('node:fs').readFileSync(process.env.FILED_FILE, 'utf8')].filter(Boolean);
for (const value of shown) {
  console.log('raw ' + value);
  console.error(JSON.stringify({ value, url: 'http://h/?q=' + encodeURIComponent(value) }));
  console.log(Buffer.from(value).toString('base64') + ' ' + Buffer.from('x:' + value).toString('base64') + ' ' + Buffer.from('xy:' + value).toString('base64'));
}
`;
const pieces = `
const value = process.env.PLAIN;
process.stdout.write('begins ' + value.slice(0, 9), () => setImmediate(() => process.stdout.write(value.slice(9) + ' ends\\n')));
`;

const service = (name: string, then: string, more = '') => `
  ${name}:
    run: { command: [node, tell.js, '${then}'] }
    secrets: [${wanted}]
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 1s, grace: 1s }
    probe: { interval: 50ms, passes: 1, deadline: 60s }
    ${more}`;

const search = (where: string, text: string, found: Found[]): void => searchFor(forbidden, where, text, found);

/** Deploys, crashes, runs, asks; returns where a value was seen, and how many texts and files were searched. */
async function sweep(
  house: House,
  whole: boolean,
): Promise<{ readonly found: readonly Found[]; readonly searched: number; readonly printed: number }> {
  const found: Found[] = [];
  const project = join(house.root, 'canary');
  let printed = 0;
  let searched = 0;
  const run = async (...args: readonly string[]) => {
    const ran = await cli(['--home', house.home, ...args], project);
    search(args.join(' '), ran.stdout + ran.stderr, found);
    searched += 1;
    printed += ran.stdout.split('[redacted]').length - 1;
    return ran;
  };
  await mkdir(project);
  await writeFile(
    join(project, 'tell.js'),
    `${tell}\nif (process.argv[2] === 'stay') setInterval(() => {}, 1000); else process.exit(Number(process.argv[2]));`,
  );
  await writeFile(join(project, 'pieces.js'), pieces);
  const manifest = (then: string, more?: string) => `application: canary\nservices:${service('api', then, more)}\n`;
  await writeFile(join(project, 'code.yaml'), manifest('stay'));
  for (const [name, value] of Object.entries(values))
    await house.call('secrets.set', { application: 'canary', environment: 'default', name, value });
  await run('deploy', '--yes');
  // What runs has a value that is no longer the newest.
  await house.call('secrets.set', { application: 'canary', environment: 'default', name: 'FORMER', value: 'another-value-1' });

  await run('logs', 'api');
  await run('--json', 'logs', 'api');
  await run('exec', 'api', '--', 'node', 'tell.js', '0');
  await run('exec', 'api', '--', 'node', 'pieces.js');
  // One that crashes before it can be ready, which takes a port that it never opens: its last words are stored.
  await writeFile(join(project, 'code.yaml'), manifest('5', 'port: 8080'));
  await run('deploy', '--yes');
  if (whole) await askEverything(run, project, manifest);
  search('the daemon’s log', house.log, found);
  const pids = (await house.service('api')).instances.flatMap(({ pid }) => pid ?? []);
  for (const pid of [...pids, ...(await gatewayPids(house.home))]) await searchChild(pid, found);
  return { found, searched: searched + (await searchHome(forbidden, house.home, found)), printed };
}

/** What is started never sees the key. */
async function searchChild(pid: number, found: Found[]): Promise<void> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
  if (environment.includes(engineKey)) found.push({ where: `the environment of ${pid}`, name: 'CODE_SECRETS_KEY' });
}

async function gatewayPids(home: string): Promise<readonly number[]> {
  const text = await readFile(join(home, 'gateway', 'gateway.json'), 'utf8');
  return [(JSON.parse(text) as { identity: { pid: number } }).identity.pid];
}

type Run = (...args: readonly string[]) => Promise<unknown>;

async function askEverything(run: Run, project: string, manifest: (then: string, more?: string) => string): Promise<void> {
  await run('run', 'api', '--', 'node', 'tell.js', '3');
  await run('exec', 'api', '--', values.PLAIN);
  await run('rollback', '--to', values.PLAIN);
  // A release command that fails, and tells its last words.
  await writeFile(join(project, 'code.yaml'), manifest('stay', "release: { command: [node, tell.js, '4'] }"));
  await run('deploy', '--yes');
  await writeFile(join(project, 'code.yaml'), manifest('stay', 'replicas: 2'));
  await run('plan');
  for (const args of [
    ['status'],
    ['history'],
    ['events'],
    ['jobs', 'list'],
    ['audit', 'show', '--after', '0'],
    ['audit', 'export'],
    ['audit', 'export', '--format', 'cef'],
    ['audit', 'export', '--format', 'ocsf'],
    ['secret', 'list'],
    ['doctor'],
    ['settings', 'show'],
  ]) {
    await run(...args);
    await run('--json', ...args);
  }
  await run('secret', 'rotate');
}

describe('the values of secrets', () => {
  it('are nowhere in what the engine keeps, writes or shows', async () => {
    await using house = await House.open({ log_level: 'debug' }, { CODE_SECRETS_KEY: engineKey });
    const { found, searched, printed } = await sweep(house, true);
    expect(found).toEqual([]);
    expect(searched).toBeGreaterThan(40);
    // They were printed, and hidden where they were.
    expect(printed).toBeGreaterThan(30);
  });

  it('would be found if nothing hid them', async () => {
    const redactor = new URL('../../src/base/redactor.ts', import.meta.url).href;
    const off = `import { Redactor } from '${redactor}'; Redactor.prototype.know = function () { this.blind = false; };`;
    await using house = await House.open({}, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(off)}` });
    const { found } = await sweep(house, false);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(names));
    const places = found.map(({ where }) => where);
    expect(places).toEqual(expect.arrayContaining(['logs api', 'exec api -- node tell.js 0', 'deploy --yes']));
    expect(places.some((one) => one.startsWith('engine.db'))).toBe(true);
  });
});
