// The command line as a program: grammar, help, errors, exit codes, questions, and what each command asks of the daemon.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/operations/catalogue.ts';
import { methodOf } from '../../src/operations/operation.ts';
import { methods } from '../../src/surfaces/cli/api.ts';
import { commands, groups } from '../../src/surfaces/cli/commands.ts';
import { Ended } from '../../src/surfaces/cli/host.ts';
import type { FakeDaemon } from './cli-kit.ts';
import { breaks, fakeDaemon, Problem, run } from './cli-kit.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.stop());

const scope = { application: 'shop', environment: 'test' };
const target = (release: string, replicas = 1) => ({ release, replicas });
const plan = {
  plan_id: 'plan-1',
  digest: 'sha256:1',
  ...scope,
  runtime: 'process',
  kind: 'scale',
  changes: [{ service: 'api', kind: 'update', reason: 'replicas 1 → 3', from: target('api@1'), to: target('api@1', 3) }],
  warnings: [],
  risk: 'low',
  policy: [],
  approval: 'none',
  approvals_needed: 0,
  approved_by: [],
};
const running = {
  id: 'shop-test-2',
  number: 2,
  ...scope,
  kind: 'scale',
  direction: 'forward',
  services: [{ service: 'api', stage: 'waiting', from: target('api@1'), to: target('api@1', 3) }],
  started_at: '2026-01-01T00:00:00.000Z',
  started_by: 'user:me',
  plan_id: 'plan-1',
};
const ended = (outcome: string, more: object = {}) => ({
  ...running,
  outcome,
  ended_at: '2026-01-01T00:00:02.500Z',
  duration_ms: 2500,
  ...more,
});
const event = (sequence: number, kind: string, message: string, more: object = {}) => ({
  sequence,
  at: `2026-01-01T00:00:0${sequence}.000Z`,
  kind,
  message,
  deployment: running.id,
  ...more,
});
const events = [
  event(1, 'deployment.started', 'scale shop-test-2 started'),
  event(2, 'service.progress', 'api: 3 of 3 ready', { service: 'api', facts: { ready: 3, wanted: 3, stage: 'shifting' } }),
  event(3, 'deployment.ended', 'shop-test-2 succeeded'),
];
const routes = {
  listening: '127.0.0.1:8080',
  version: 1,
  routes: [{ host: 'shop.localhost', path: '/', service: 'shop/test/api', releases: [] }],
};

function happy(outcome = 'succeeded', more: object = {}) {
  Object.assign(daemon.answers, {
    'change.scale_plan': () => plan,
    'change.apply': () => running,
    'observe.events': () => events,
    'deployments.get': () => ended(outcome, more),
    'traffic.routes': () => routes,
  });
}
const scaled = ['scale', 'api=3', '--app', 'shop', '--env', 'test'];
const names = () => daemon.asked.map((one) => one.name);

describe('the table of operations', () => {
  it('agrees with the catalogue', () => {
    // At a terminal one has git, a browser and ps.
    const own = catalogue.filter(({ name }) => !/^(delivery|notify|web|host)\./.test(name));
    expect(methods).toEqual(Object.fromEntries(own.map((one) => [one.name, methodOf(one)])));
  });
});

describe('help', () => {
  it.each(commands.map((spec) => [spec.name, spec] as const))('shows an example of %s that is a call of it', async (name, spec) => {
    const { code, out } = await run([...name.split(' '), '--help']);
    expect(code).toBe(0);
    for (const example of spec.examples) {
      expect(example).toContain(`codectl ${name}`);
      expect(out).toContain(`$ ${example}`);
    }
  });

  it('lists every command, and each group with a summary', async () => {
    const { code, out } = await run([]);
    expect(code).toBe(0);
    for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name.split(' ')[0]}\\b.*\\S{3}`, 'm'));
    for (const name of new Set(commands.flatMap((one) => (one.name.includes(' ') ? [one.name.split(' ')[0]] : []))))
      expect(groups).toHaveProperty(String(name));
  });
});

describe('what cannot be understood', () => {
  it.each([
    [['depoy'], 'error: unknown command \'depoy\' (Did you mean deploy?).\n  hint: Run "codectl --help" to see what fits.\n'],
    [
      ['status', '--ap', 'x'],
      'error: unknown option \'--ap\' (Did you mean --app?).\n  hint: Run "codectl status --help" to see what fits.\n',
    ],
    [['token'], 'error: token needs one more word.\n  hint: Run "codectl token --help" to see which.\n'],
    [['apply'], 'error: missing required argument \'plan\'.\n  hint: Run "codectl apply --help" to see what fits.\n'],
    [['scale', 'api'], 'error: "api" is not SERVICE=N.\n  hint: Write it as in "codectl scale api=3".\n'],
    [['up', '--set', 'x'], 'error: --set: "x" is not KEY=VALUE.\n  hint: Write it as in --set log_level=debug\n'],
    [['status', '--host', 'nope'], 'error: --host: "nope" is not a URL.\n  hint: Give it as http://127.0.0.1:7070 or https://…\n'],
    [
      ['status', '--token-file', 'x'],
      'error: --token-file is for a daemon elsewhere; --host is missing.\n  hint: Add --host URL, or leave --token-file out: this machine needs no token.\n',
    ],
    [['completion', 'powershell'], 'error: There is no completion for "powershell".\n  hint: Use bash, zsh or fish.\n'],
    [
      ['token', 'create', 'x', '--expires', 'soon'],
      'error: --expires: "soon" is not a time of at least 1s.\n  hint: Write it as in --expires 90d\n',
    ],
  ])('says so about %j and exits 2', async (args, text) => {
    expect(await run(args)).toEqual({ code: 2, out: '', err: text });
  });

  it.each([
    'http://example.org',
    'http://localhost.example.invalid',
    'http://127.example.invalid',
    'http://127.0.0.1.example.invalid',
    'http://localhost.',
  ])('sends no token over the network in the clear: %s', async (host) => {
    const { code, err } = await run(['status', '--host', host, '--token-file', 'x']);
    expect([code, err]).toEqual([2, expect.stringContaining('A token would travel readable')]);
  });

  it.each([
    'http://localhost:1',
    'http://127.9.9.9:1',
    'http://[::1]:1',
    'https://example.invalid',
  ])('takes a token for %s', async (host) => {
    const { code, err } = await run(['status', '--host', host, '--token-file', 'missing']);
    expect([code, err]).toEqual([2, expect.stringContaining('--token-file:')]);
  });
});

describe('errors', () => {
  it('names the next command when no daemon runs', async () => {
    expect(await run(['status'])).toEqual({
      code: 12,
      out: '',
      err: 'error: No daemon answers at /nonexistent/daemon.sock.\n  hint: Run "codectl up" to start it.\n',
    });
  });

  it('is one JSON document on stdout with --json', async () => {
    const { code, out, err } = await run(['status', '--json']);
    expect([code, err]).toEqual([12, '']);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'daemon_unavailable',
        message: 'No daemon answers at /nonexistent/daemon.sock.',
        hint: 'Run "codectl up" to start it.',
        details: { reached: false },
      },
    });
    expect(JSON.parse((await run(['depoy', '--json'])).out).error.code).toBe('usage');
  });

  it.each([
    [400, 'input_invalid', 2],
    [403, 'denied', 9],
    [401, 'unauthenticated', 9],
    [403, 'approval_required', 10],
    [412, 'plan_drifted', 11],
    [409, 'locked', 1],
    [404, 'application_unknown', 1],
    [503, 'runtime_unavailable', 12],
    [503, 'disk_full', 1],
    [500, 'internal', 1],
  ])('answers %i %s with exit code %i', async (status, code, expected) => {
    daemon.answers['apps.status'] = () => new Problem(status, code, 'No.', 'Try.');
    expect(await run(['status'], { home: daemon.home })).toEqual({ code: expected, out: '', err: 'error: No.\n  hint: Try.\n' });
  });
});

describe('a change', () => {
  it('is planned, applied once and followed to its outcome', async () => {
    happy();
    const { code, out } = await run(scaled, { home: daemon.home });
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'scale shop in test, runtime process, plan plan-1',
        'SERVICE  CHANGE  RELEASE  REPLICAS  REASON',
        'api      update  api@1    1 → 3     replicas 1 → 3',
        'risk: low',
        '[  1.0s] scale shop-test-2 started',
        '[  2.0s] api: 3 of 3 ready',
        'shop-test-2 succeeded after 2.5s',
        '  api: api@1, 3 instances',
        '  http://shop.localhost:8080/',
        '',
      ].join('\n'),
    );
    expect(daemon.asked[0]).toEqual({ name: 'change.scale_plan', input: { ...scope, replicas: { api: 3 } }, key: undefined });
    expect(daemon.asked[1]).toEqual({
      name: 'change.apply',
      input: { plan_id: 'plan-1', digest: 'sha256:1' },
      key: expect.stringMatching(/^\w{20}$/),
    });
  });

  it.each([
    ['failed', 1],
    ['rolled_back', 3],
    ['aborted', 4],
    ['inconclusive', 5],
    ['failed_mixed', 6],
    ['superseded', 7],
    ['cancelled', 8],
  ])('that ended %s exits %i and says what is next', async (outcome, expected) => {
    happy(outcome, { reason: 'api: no', last_log: ['boom'] });
    const { code, out } = await run([...scaled, '--quiet'], { home: daemon.home });
    expect(code).toBe(expected);
    expect(out).toMatch(new RegExp(`^shop-test-2 ${outcome} after 2.5s: api: no\nlast lines of the instance:\n  │ boom\nnext: .+\n$`));
  });

  it('prints events, then the deployment, as JSON lines', async () => {
    happy();
    const { out } = await run([...scaled, '--json'], { home: daemon.home });
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([...events, ended('succeeded')]);
  });

  it('asks on a terminal, and changes nothing without a yes', async () => {
    happy();
    const { code, out } = await run(scaled, { home: daemon.home, terminal: true, typed: 'n' });
    expect(code).toBe(8);
    expect(out).toContain('Apply this to shop in test? [y/N] ');
    expect(names()).toEqual(['change.scale_plan']);
  });

  it('goes on after a yes, and shows rows in place', async () => {
    happy();
    const { code, out } = await run(scaled, { home: daemon.home, terminal: true, typed: 'y' });
    expect(code).toBe(0);
    expect(out).toContain('api  3/3 ready');
    expect(out).toContain('\u001B[?25h');
  });

  it('only shows the plan with --plan', async () => {
    happy();
    const { code, out } = await run([...scaled, '--plan', '--json'], { home: daemon.home });
    expect([code, JSON.parse(out)]).toEqual([0, plan]);
    expect(names()).toEqual(['change.scale_plan']);
  });

  it('does nothing when there is nothing to change', async () => {
    happy();
    daemon.answers['change.scale_plan'] = () => ({ ...plan, changes: [{ ...plan.changes[0], kind: 'keep' }] });
    expect(await run(scaled, { home: daemon.home })).toEqual({ code: 0, out: 'shop in test: nothing to change.\n', err: '' });
  });

  it('asks for a lost answer again with the same key', async () => {
    happy();
    daemon.answers['change.apply'] = (_, call) => (call === 1 ? breaks : running);
    expect((await run(scaled, { home: daemon.home })).code).toBe(0);
    const keys = daemon.asked.filter((one) => one.name === 'change.apply').map((one) => one.key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('goes on watching after the last event it saw when the connection breaks', async () => {
    happy();
    daemon.answers['observe.events'] = (_, call) => (call === 1 ? events.slice(0, 2) : call === 2 ? breaks : events.slice(2));
    const { code, out, err } = await run(scaled, { home: daemon.home });
    expect(code).toBe(0);
    expect(out.match(/3 of 3 ready/g)).toHaveLength(1);
    expect(err).toContain('Trying again');
    expect(daemon.asked.filter((one) => one.name === 'observe.events').map((one) => one.input['after'])).toEqual(['0', '2', '2']);
  });

  it('leaves the deployment to the daemon on Ctrl-C, says how to abort it, and exits 130', async () => {
    happy();
    const interrupt = new AbortController();
    daemon.answers['observe.events'] = () => {
      setImmediate(() => interrupt.abort(new Ended('interrupted')));
      return events.slice(0, 1);
    };
    const { code, err } = await run(scaled, { home: daemon.home, signal: interrupt.signal });
    expect([code, err]).toEqual([130, '\nshop-test-2 goes on without us. Abort it with: codectl abort shop-test-2\n']);
  });

  it('tells the truth about its outcome though nobody reads its output', async () => {
    happy('rolled_back');
    const gone = new AbortController();
    gone.abort(new Ended('unread'));
    expect((await run(scaled, { home: daemon.home, signal: gone.signal })).code).toBe(3);
    expect((await run(['events', '-f'], { home: daemon.home, signal: gone.signal })).code).toBe(0);
  });
});

describe('a rollback', () => {
  const times = { deployment: 'shop-test-1', live_at: '12:01' };
  const rollback = (returns: object) => {
    happy('succeeded', { kind: 'rollback', returns });
    Object.assign(daemon.answers, {
      'apps.status': () => ({ environments: [{ ...scope }] }),
      'change.rollback_plan': () => ({ ...plan, kind: 'rollback', returns }),
    });
  };

  it('says what it goes back to', async () => {
    rollback(times);
    const asked = await run(['rollback'], { home: daemon.home, terminal: true, typed: 'n' });
    expect(asked.out).toContain('Apply this to shop in test? [y/N] ');
    expect((await run(['rollback', '--yes'], { home: daemon.home })).out).toContain('\n  back to what shop-test-1 made live at 12:01\n');
  });

  it('for the second time says, before and after, that it goes forward again', async () => {
    rollback({ ...times, rolled_back_at: '12:03' });
    const asked = await run(['rollback'], { home: daemon.home, terminal: true, typed: 'n' });
    expect(asked.out).toContain('Go forward again to what shop-test-1 made live, for shop in test? [y/N] ');
    expect((await run(['rollback', '--yes'], { home: daemon.home })).out).toContain(
      '\n  forward again to what shop-test-1 made live at 12:01, which was rolled back from at 12:03\n',
    );
  });
});

describe('up on an engine that runs', () => {
  const launcher = {
    start: async () => ({ pid: 7, api: 'http://127.0.0.1:7070', already: true, socket: 'daemon.sock', home: daemon.home }),
  };
  const up = (...args: readonly string[]) => run(['up', ...args], { home: daemon.home, launcher });
  beforeEach(() => {
    Object.assign(daemon.answers, {
      'traffic.routes': () => ({ listening: '127.0.0.1:8080', routes: [] }),
      'system.settings': () => ({ settings: { log_level: 'info', calls_allowed: 'a.example,b.example' } }),
    });
  });

  it('is refused other settings, with the commands that apply them', async () => {
    expect(await up('--set', 'log_level=debug', '--set', 'calls_allowed=a.example')).toEqual({
      code: 1,
      out: '',
      err: `error: The engine runs already, with log_level=info, calls_allowed=a.example,b.example; nothing was changed: settings are read when it starts.
  hint: Run "codectl down", then "codectl up --set log_level=debug --set calls_allowed=a.example"; what is deployed goes on meanwhile.
`,
    });
    const unknown = await up('--set', 'log_levl=info');
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('there is no setting called log_levl; known are log_level')]);
  });

  it('is well with those that it has, and with none', async () => {
    const well = { code: 0, out: expect.stringContaining('The engine was running already (pid 7'), err: '' };
    expect(await up('--set', 'log_level=info', '--set', 'calls_allowed=a.example, b.example')).toEqual(well);
    expect(await up()).toEqual(well);
  });
});

describe('what would destroy', () => {
  beforeEach(() => {
    happy();
    Object.assign(daemon.answers, {
      'apps.status': () => ({ environments: [{ ...scope }] }),
      'change.remove_plan': () => ({
        ...plan,
        kind: 'remove',
        changes: [{ service: 'api', kind: 'stop', reason: 'removed', from: target('api@1') }],
      }),
      'system.stop': () => ({}),
    });
  });

  it('needs --yes where nobody can be asked', async () => {
    expect(await run(['remove', 'shop', '--quiet'], { home: daemon.home })).toEqual({
      code: 2,
      out: '',
      err: 'error: This cannot be undone, and there is nobody to ask.\n  hint: Add --yes if you mean it.\n',
    });
    expect((await run(['down', '--all'], { home: daemon.home })).code).toBe(2);
    expect(names()).not.toContain('change.apply');
    expect(names()).not.toContain('system.stop');
  });

  it('goes by the only environment of the application', async () => {
    expect((await run(['remove', 'shop', '--yes'], { home: daemon.home })).code).toBe(0);
    expect(daemon.asked.find((one) => one.name === 'change.remove_plan')?.input).toEqual(scope);
  });

  it('removes everything before it stops everything', async () => {
    daemon.answers['change.apply'] = () => ended('succeeded');
    expect(await run(['down', '--all', '--yes'], { home: daemon.home })).toEqual({
      code: 0,
      out: 'shop in test: removed\nThe engine has ended. Nothing of it is left running.\n',
      err: '',
    });
    expect(names()).toEqual(['apps.status', 'change.remove_plan', 'change.apply', 'system.stop']);
    expect(daemon.asked.at(-1)?.input).toEqual({ everything: true });
  });

  it('stops nothing when something could not be removed', async () => {
    daemon.answers['change.apply'] = () => ended('failed', { reason: 'api: stuck' });
    const { code, err } = await run(['down', '--all', '--yes'], { home: daemon.home });
    expect([code, err]).toEqual([1, expect.stringContaining('shop-test-2 failed: api: stuck')]);
    expect(names()).not.toContain('system.stop');
  });

  it('names the plan that waits for an approval', async () => {
    daemon.answers['change.apply'] = () => new Problem(403, 'approval_required', 'wait', 'codectl approve PLAN');
    const { code, err } = await run(['down', '--all', '--yes'], { home: daemon.home });
    expect([code, err]).toEqual([10, expect.stringContaining('codectl approve plan-1')]);
  });

  it('stops the engine though a runtime does not answer, and removes nothing of which it knows nothing', async () => {
    daemon.answers['apps.status'] = () => new Problem(503, 'runtime_unavailable', 'no Engine');
    expect((await run(['down', '--all', '--yes'], { home: daemon.home })).code).toBe(12);
    expect(names()).not.toContain('system.stop');
    expect(await run(['down'], { home: daemon.home })).toEqual({
      code: 0,
      out: 'The engine has ended. Services and gateway go on.\n',
      err: '',
    });
    expect(daemon.asked.at(-1)).toMatchObject({ name: 'system.stop', input: { everything: false } });
  });

  it('is no failure when the engine does not run', async () => {
    const launcher = { isRunning: async () => false };
    expect(await run(['down'], { launcher })).toEqual({ code: 0, out: 'The engine does not run.\n', err: '' });
  });
});

describe('deploy', () => {
  const manifest = 'application: shop\nservices:\n  api:\n    run: { command: [node, server.js], directory: ./code }\n';
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

  async function project(): Promise<string> {
    const directory = join(daemon.home, 'project');
    await mkdir(join(directory, 'code'), { recursive: true });
    await writeFile(join(directory, 'code.yaml'), manifest);
    await writeFile(join(directory, 'code', 'server.js'), 'one');
    await writeFile(join(directory, 'code', 'other.js'), 'two');
    return directory;
  }

  it('uploads what is missing, once, and plans with the digests of what it stored', async () => {
    const directory = await project();
    happy();
    Object.assign(daemon.answers, {
      'artifacts.missing': ({ input }: { input: { digests?: string[] } }) => ({ missing: input.digests?.slice(0, 1) }),
      'artifacts.put_blob': () => ({}),
      'artifacts.put_tree': () => ({ digest: digest('a') }),
      'change.plan': () => plan,
    });
    const { code, out } = await run(['deploy'], { home: daemon.home, directory });
    expect(code).toBe(0);
    expect(out).toMatch(/^api: 2 files, 6B, 1 new, 3B sent, in \S+s\n/);
    expect(names().slice(0, 5)).toEqual(['artifacts.missing', 'artifacts.put_blob', 'artifacts.put_tree', 'change.plan', 'change.apply']);
    expect(daemon.asked[3]?.input).toEqual({ manifest, file: 'code.yaml', environment: 'default', snapshots: { api: digest('a') } });
  });

  it.each([
    [{}, 'error: There is no code.yaml here.\n  hint: Run "codectl init" or name one with -f.\n'],
    [{ 'code.yaml': 'application: shop\nservices:\n  api: { rum: 1 }\n' }, 'code.yaml:3:'],
    [{ 'code.yaml': manifest }, 'services.api.run.directory: '],
  ])('refuses %j before it calls anybody', async (files, text) => {
    const directory = join(daemon.home, 'other');
    await mkdir(directory);
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    const { code, err } = await run(['deploy'], { home: daemon.home, directory });
    expect([code, err]).toEqual([2, expect.stringContaining(text)]);
    expect(names()).toEqual([]);
  });

  it('names the file that was named', async () => {
    const { code, err } = await run(['deploy', '-f', 'nope/code.yaml'], { home: daemon.home });
    expect([code, err]).toEqual([2, expect.stringContaining('nope/code.yaml cannot be read: there is no such file.')]);
  });
});

describe('which environment', () => {
  it('is that of the manifest here, else the only one that is deployed, else a question', async () => {
    daemon.answers['deployments.list'] = () => ({ deployments: [] });
    daemon.answers['apps.status'] = () => ({ environments: [{ ...scope }] });
    expect((await run(['history'], { home: daemon.home })).code).toBe(0);
    expect(daemon.asked.at(-1)?.input).toMatchObject(scope);

    daemon.answers['apps.status'] = () => ({ environments: [{ ...scope }, { application: 'blog', environment: 'live' }] });
    expect(await run(['history'], { home: daemon.home })).toMatchObject({
      code: 2,
      err: 'error: Several environments fit: --app shop --env test; --app blog --env live.\n  hint: Add --app shop --env test, for example.\n',
    });
    expect((await run(['history', '--env', 'live'], { home: daemon.home })).code).toBe(0);
    expect(daemon.asked.at(-1)?.input).toMatchObject({ application: 'blog', environment: 'live' });

    await writeFile(join(daemon.home, 'code.yaml'), 'application: mine\nservices: { a: { run: { command: [a] } } }\n');
    expect((await run(['history'], { home: daemon.home })).code).toBe(0);
    expect(daemon.asked.at(-1)?.input).toMatchObject({ application: 'mine', environment: 'default' });
  });
});

describe('init', () => {
  it('writes a manifest that is sound, and never over another', async () => {
    const directory = join(daemon.home, 'My Shop!');
    await mkdir(directory);
    await writeFile(join(directory, 'package.json'), '{"scripts":{"start":"node dist/main.js --port 1"}}');
    expect((await run(['init', '--port', '3000'], { directory })).code).toBe(0);
    const text = await readFile(join(directory, 'code.yaml'), 'utf8');
    expect(text).toContain('application: my-shop\n');
    expect(text).toContain('[node, dist/main.js, "--port", "1"]');
    expect(text).toContain('port: 3000');
    expect((await run(['manifest', 'check'], { directory })).out).toBe('code.yaml is sound: my-shop with services web.\n');
    const again = await run(['init'], { directory });
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('code.yaml exists already; it was not touched.')]);
    expect(await readFile(join(directory, 'code.yaml'), 'utf8')).toBe(text);
  });
});

describe('reading', () => {
  it('prints logs behind the names of their instances', async () => {
    daemon.answers['observe.logs'] = () => [
      { instance: 'api-1', stream: 'out', text: 'hello' },
      { instance: 'api-2', stream: 'err', text: 'oh' },
    ];
    const args = ['logs', 'api', '--app', 'shop', '--env', 'test'];
    expect(await run([...args, '--tail', '5'], { home: daemon.home })).toEqual({ code: 0, out: 'api-1 │ hello\napi-2 │ oh\n', err: '' });
    expect(daemon.asked[0]?.input).toEqual({ ...scope, service: 'api', tail: '5', follow: 'false' });
    expect((await run([...args, '--json'], { home: daemon.home })).out).toBe(
      '{"instance":"api-1","stream":"out","text":"hello"}\n{"instance":"api-2","stream":"err","text":"oh"}\n',
    );
  });

  it('hands on output and exit code of a command', async () => {
    daemon.answers['runtime.exec'] = () => [
      { kind: 'output', stream: 'out', text: 'a\n' },
      { kind: 'output', stream: 'err', text: 'b\n' },
      { kind: 'exit', code: 7 },
    ];
    const ran = await run(['exec', 'api', '--app', 'shop', '--env', 'test', '--', 'ls', '--json'], { home: daemon.home });
    expect(ran).toEqual({ code: 7, out: 'a\n', err: 'b\n' });
    expect(daemon.asked[0]?.input).toEqual({ ...scope, service: 'api', command: ['ls', '--json'] });
  });

  it('says in one document that an application is not there', async () => {
    daemon.answers['apps.status'] = () => ({ environments: [] });
    const { code, out } = await run(['--json', 'status', '--app', 'none'], { home: daemon.home });
    expect({ code, told: JSON.parse(out) as unknown }).toMatchObject({ code: 1, told: { error: { code: 'application_unknown' } } });
  });

  it('prints the secret of a token alone, so that it can be piped', async () => {
    daemon.answers['tokens.create'] = () => ({
      id: 't-1',
      name: 'ci',
      prefix: 'code_ab',
      kind: 'token',
      effects: ['read'],
      roles: [],
      created_at: 'x',
      secret: 'code_abc',
    });
    const { out, err } = await run(['token', 'create', 'ci', '--expires', '1h'], { home: daemon.home });
    expect(out).toBe('code_abc\n');
    expect(err).toContain('Keep the secret now');
    expect(daemon.asked[0]?.input).toEqual({ name: 'ci', effects: ['read'], expires_in_ms: 3_600_000 });
  });

  it('fails when the audit does not hold', async () => {
    daemon.answers['audit.verify'] = () => ({ ok: false, count: 0, sequence: 3, problem: 'its hash is wrong' });
    expect(await run(['audit', 'verify'], { home: daemon.home })).toEqual({ code: 1, out: 'Record 3: its hash is wrong\n', err: '' });
  });

  it('tells the version with and without a daemon', async () => {
    expect((await run(['version'])).out).toContain('codectl 9.9.9');
    expect((await run(['version'])).out).toContain('no daemon runs');
    expect((await run(['--version'])).out).toBe('9.9.9\n');
  });
});
