// What people see, to the letter: tables, plans, progress, conclusions.
import { describe, expect, it } from 'vitest';
import { auditText } from '../../src/surfaces/cli/access/audit.ts';
import { tokensText } from '../../src/surfaces/cli/access/tokens.ts';
import type { TokenView } from '../../src/surfaces/cli/access/views.ts';
import type { DeploymentView, EnvironmentView, PlanView } from '../../src/surfaces/cli/api.ts';
import { conclusionText } from '../../src/surfaces/cli/deploy/conclude.ts';
import { planText } from '../../src/surfaces/cli/deploy/plan-view.ts';
import { begin, eventLine, progressAfter, rows } from '../../src/surfaces/cli/deploy/progress.ts';
import { findingsText } from '../../src/surfaces/cli/engine/facts.ts';
import { historyText } from '../../src/surfaces/cli/look/history.ts';
import { routesText } from '../../src/surfaces/cli/look/routes.ts';
import { environmentText } from '../../src/surfaces/cli/look/status.ts';
import { createOut, plain } from '../../src/surfaces/cli/out.ts';
import { secretsText } from '../../src/surfaces/cli/secrets/secrets.ts';
import { tableText } from '../../src/surfaces/cli/table.ts';

const deployment: DeploymentView = {
  id: 'shop-test-4',
  number: 4,
  application: 'shop',
  environment: 'test',
  kind: 'deploy',
  direction: 'forward',
  outcome: 'succeeded',
  services: [
    { service: 'api', stage: 'settled', from: { release: 'api@1', replicas: 2 }, to: { release: 'api@2', replicas: 3 } },
    { service: 'old', stage: 'settled', from: { release: 'old@1', replicas: 1 } },
  ],
  started_at: '2026-01-01T00:00:00.000Z',
  ended_at: '2026-01-01T00:01:20.000Z',
  duration_ms: 80_000,
  started_by: 'user:me',
  plan_id: 'plan-1',
};
const started = Date.parse(deployment.started_at);
const route = { host: 'shop.localhost', path: '/', service: 'shop/test/api' };
const release = { release: 'api@2', share: 0.995, instances: ['a', 'b'], requests: 12, failures: 1 };

describe('tables', () => {
  it('line up whatever the width of their characters', () => {
    expect(
      tableText(
        ['A', 'B'],
        [
          ['日本', 'x'],
          ['é', 'y'],
        ],
        plain,
      ),
    ).toBe('A     B\n日本  x\né     y');
  });

  it('become blocks where they do not fit, and what has no name of its own stays with what is above', () => {
    const secret = {
      application: 'shop',
      environment: 'production',
      name: 'DATABASE_URL',
      version: 3,
      changed_at: '2026-01-01T00:00:00.000Z',
      changed_by: 'user:eva',
      used_by: ['api', 'web'],
    };
    expect(secretsText([secret], plain, 40)).toBe(
      [
        'shop/production',
        '  NAME      DATABASE_URL',
        '  VERSION   3',
        '  CHANGED   2026-01-01T00:00:00.000Z',
        '  BY        user:eva',
        '  NAMED BY  api, web',
      ].join('\n'),
    );
    const old = { ...release, release: 'api@1', share: 0.005 };
    expect(
      routesText([{ ...route, releases: [release, old] }], plain, 40)
        .split('\n')
        .filter((line) => /^\S|RELEASE/.test(line)),
    ).toEqual(['shop.localhost/', '  RELEASE    api@2', '  RELEASE    api@1']);
    const token: TokenView = {
      id: 'token-1',
      name: 'ci',
      prefix: 'code_abcd',
      created_at: '2026-01-01T00:00:00.000Z',
      effects: ['read', 'plan'],
      kind: 'token',
      roles: [],
    };
    expect(tokensText([token], plain, 40)).toContain('token-1\n  NAME');
  });

  it('are nothing without rows', () => {
    expect(tableText(['A'], [], plain)).toBe('');
  });
});

describe('a plan', () => {
  it('shows what changes, warnings and risk', () => {
    const plan: PlanView = {
      plan_id: 'plan-1',
      digest: 'd',
      application: 'shop',
      environment: 'test',
      runtime: 'process',
      kind: 'deploy',
      changes: [
        {
          service: 'api',
          kind: 'replace',
          reason: 'code changed',
          from: { release: 'api@1', replicas: 2 },
          to: { release: 'api@2', replicas: 3 },
        },
        { service: 'web', kind: 'create', reason: 'new', to: { release: 'web@1', replicas: 1 } },
        { service: 'old', kind: 'stop', reason: 'not in the manifest', from: { release: 'old@1', replicas: 1 } },
      ],
      warnings: ['one replica'],
      risk: 'high',
      policy: [],
      approval: 'none',
      approvals_needed: 0,
      approved_by: [],
      created_at: '',
      expires_at: '',
      created_by: '',
    };
    expect(planText(plan, plain)).toBe(
      [
        'deploy shop in test, runtime process, plan plan-1',
        'SERVICE  CHANGE   RELEASE        REPLICAS  REASON',
        'api      replace  api@1 → api@2  2 → 3     code changed',
        'web      create   web@1          1         new',
        'old      stop     old@1          1         not in the manifest',
        'warning: one replica',
        'risk: high',
      ].join('\n'),
    );
  });
});

describe('progress', () => {
  const before = begin({
    ...deployment,
    outcome: undefined,
    services: [
      { ...deployment.services[0]!, stage: 'waiting' },
      { service: 'worker', stage: 'waiting', to: { release: 'w', replicas: 1 } },
    ],
  });
  const event = {
    sequence: 1,
    at: '2026-01-01T00:00:01.250Z',
    kind: 'service.stage',
    service: 'api',
    message: 'api shifts: 1 of 3 ready',
    facts: { stage: 'shifting', ready: 1, wanted: 3 },
  };
  const shifting = progressAfter(before, event);
  const look = { now: started + 2_250, frame: 0, columns: 80, paint: plain };

  it('tells the time since the start before each line', () => {
    expect(eventLine(shifting, event)).toBe('[  1.3s] api shifts: 1 of 3 ready');
  });

  it('has a row for each service with its stage and the time in it', () => {
    expect(rows(shifting, look)).toEqual(['⠋ api     1/3 ready  shifting 1.0s', '· worker  0/1 ready  waiting 2.3s']);
  });

  it('says nothing of instances where none are wanted', () => {
    const cron = progressAfter(shifting, { ...event, facts: { stage: 'shifting', ready: 0, wanted: 0 } });
    expect(rows(cron, look)[0]).toBe('⠋ api     shifting 1.0s');
  });

  it('says that it goes back', () => {
    const reverting = progressAfter(shifting, { ...event, kind: 'deployment.turned', facts: undefined });
    expect(rows(reverting, look)[0]).toBe('⠋ api     1/3 ready  reverting, shifting 1.0s');
  });

  it('marks what is done', () => {
    const settled = progressAfter(shifting, { ...event, facts: { stage: 'settled', ready: 3, wanted: 3 } });
    expect(rows(settled, look)[0]).toBe('✔ api     3/3 ready  settled');
  });

  it('never wraps on a narrow terminal', () => {
    for (const columns of [10, 20, 30]) for (const row of rows(shifting, { ...look, columns })) expect(row.length).toBeLessThan(columns);
  });

  it('leaves out what it does not know', () => {
    expect(progressAfter(shifting, { ...event, kind: 'instance.started' })).toBe(shifting);
    expect(progressAfter(shifting, { ...event, facts: {} }).services).toEqual(shifting.services);
  });
});

describe('a conclusion', () => {
  it('tells what is live and where', () => {
    const reach = {
      listening: '127.0.0.1:8080',
      routes: [
        { ...route, releases: [] },
        { ...route, service: 'other/test/api', releases: [] },
        { ...route, host: '*', path: '/api', releases: [] },
      ],
    };
    expect(conclusionText(deployment, reach, plain)).toBe(
      [
        'shop-test-4 succeeded after 1m20s',
        '  api: api@1 → api@2, 3 instances',
        '  old: removed',
        '  http://shop.localhost:8080/',
        '  http://localhost:8080/api',
      ].join('\n'),
    );
  });

  it('tells why not, the last words, and what is next', () => {
    const failed: DeploymentView = { ...deployment, outcome: 'rolled_back', reason: 'api: no', last_log: ['boom', 'bang'] };
    expect(conclusionText(failed, undefined, plain)).toBe(
      [
        'shop-test-4 rolled_back after 1m20s: api: no',
        'last lines of the instance:',
        '  │ boom',
        '  │ bang',
        'next: what was live before serves; "codectl events --deployment shop-test-4" tells each step, "codectl logs --app shop --env test" what the instances say',
      ].join('\n'),
    );
  });

  it('points to the output of the task that failed', () => {
    const reason = 'api: the release command of api@2 ended with code 3 (shop-test-t12)';
    const text = conclusionText({ ...deployment, outcome: 'failed', reason }, undefined, plain);
    expect(text).toContain('next: nothing was left changed; "codectl jobs logs shop-test-t12" tells what it said, ');
    expect(conclusionText({ ...deployment, outcome: 'failed', reason: 'api: no' }, undefined, plain)).not.toContain('jobs logs');
  });

  it('names the retry where the same may be tried again', () => {
    const text = (outcome: 'inconclusive' | 'aborted') => conclusionText({ ...deployment, outcome }, undefined, plain);
    expect(text('aborted')).toContain('"codectl retry shop-test-4"');
    expect(text('inconclusive')).toContain('"codectl retry shop-test-4"');
    expect(text('inconclusive')).toContain('"codectl promote --full"');
  });
});

describe('what is', () => {
  const environment: EnvironmentView = {
    application: 'shop',
    environment: 'test',
    runtime: 'process',
    state: 'degraded',
    last_deployment: { ...deployment, outcome: 'failed', reason: 'no' },
    drift: [],
    services: [
      {
        service: 'api',
        release: 'api@2',
        replicas: 2,
        ready: 1,
        state: 'degraded',
        routes: ['shop.localhost/'],
        restarts: 3,
        instances: [
          {
            id: 'api-1',
            release: 'api@2',
            state: 'running',
            ready: true,
            address: '127.0.0.1:1',
            pid: 7,
            started_at: 'then',
            not_enforced: ['memory limit'],
          },
          {
            id: 'api-2',
            release: 'api@2',
            state: 'starting',
            ready: false,
            started_at: 'now',
            unready_because: 'GET /healthz answered 503',
          },
        ],
      },
    ],
  };

  it('points to resume, not to promote, while a deployment is paused', () => {
    const step = { number: 1, of: 3, weight: 0, waits_for: 'people' } as const;
    const { ended_at: _ended, outcome: _outcome, ...running } = deployment;
    const services = [{ service: 'api', stage: 'shifting' as const, to: { release: 'api@2', replicas: 2 }, step }];
    const shown = (paused: { by: string; at: string } | undefined) =>
      environmentText({ ...environment, deployment: { ...running, services, ...(paused && { paused }) } }, false, plain);
    expect(shown(undefined)).toContain('waits for "codectl promote shop-test-4"');
    expect(shown({ by: 'user:me', at: 'then' })).toContain('waits for "codectl resume shop-test-4"');
    expect(shown({ by: 'user:me', at: 'then' })).not.toContain('promote');
  });

  it('is a table with the reasons below', () => {
    expect(environmentText(environment, false, plain)).toBe(
      [
        'shop in test (process): degraded',
        'last: shop-test-4 failed: no',
        'SERVICE  STATE     READY  RELEASE  ROUTES',
        'api      degraded  1/2    api@2    shop.localhost/  3 restarts',
        '  api-1: not enforced: memory limit',
        '  api-2: GET /healthz answered 503',
      ].join('\n'),
    );
  });

  it('is a block for each service where the terminal is too narrow for the table, and no line of it is wider than its longest cell', () => {
    const narrow = environmentText(environment, false, plain, 30).split('\n');
    expect(narrow.slice(2, 8)).toEqual([
      'api',
      '  STATE    degraded',
      '  READY    1/2',
      '  RELEASE  api@2',
      '  ROUTES   shop.localhost/',
      '           3 restarts',
    ]);
    expect(environmentText(environment, false, plain, 80)).toBe(environmentText(environment, false, plain));
  });

  it('counts no instances of what runs by its schedule', () => {
    const [api] = environment.services;
    if (!api) throw new Error('no service');
    const cron = { ...api, service: 'nightly', state: 'idle' as const, replicas: 0, ready: 0, routes: [], instances: [], restarts: 0 };
    const shown = environmentText({ ...environment, services: [cron] }, false, plain);
    expect(shown).toContain('nightly  idle');
    expect(shown).not.toContain('0/0');
  });

  it('lists instances when asked', () => {
    expect(environmentText(environment, true, plain).split('\n').slice(-3)).toEqual([
      'INSTANCE  STATE     READY  ADDRESS      PID  STARTED',
      'api-1     running   yes    127.0.0.1:1  7    then',
      'api-2     starting  no                       now',
    ]);
  });

  it('tells why instances of a release that went back still stand', () => {
    const [api] = environment.services;
    if (!api) throw new Error('no service');
    const aborted = { ...deployment, outcome: 'aborted' as const };
    const text = (kept: NonNullable<typeof api.kept>) =>
      environmentText({ ...environment, last_deployment: aborted, services: [{ ...api, kept }] }, false, plain);
    expect(text({ release: 'api@3', instances: 1, until: '12:03:10' })).toContain(
      '  api: 1 instance of api@3 without traffic, kept until 12:03:10 after shop-test-4 aborted (abort_scale_down)\n',
    );
    expect(text({ release: 'api@3', instances: 2 })).toContain(
      '2 instances of api@3 without traffic, kept until the next deployment after',
    );
  });

  it('tells a crash loop in one line: how often, since when, and how it was the last time', () => {
    const death = (nth: number, varied: Partial<EnvironmentView['drift'][number]> = {}): EnvironmentView['drift'][number] => ({
      kind: 'instance',
      subject: `api-${nth}`,
      service: 'api',
      message: `api-${nth} exited with code ${nth}`,
      found_at: `12:0${nth}`,
      state: 'repaired',
      repaired_at: `12:0${nth}`,
      ...varied,
    });
    const waits = { state: 'repairing', repaired_at: undefined, because: 'the next start is in 8s' } as const;
    const lines = environmentText({ ...environment, drift: [1, 2, 3, 4].map((nth) => death(nth, nth > 2 ? waits : {})) }, false, plain);
    expect(lines.split('\n').filter((line) => line.startsWith('drift'))).toEqual([
      'drift: api: 4 times since 12:01, the last: api-4 exited with code 4, at 12:04: being repaired: the next start is in 8s',
    ]);
  });

  it('tells what was changed behind the engine’s back: what is not repaired first, then the newest, and how many more', () => {
    const drift = (subject: string, varied: Partial<EnvironmentView['drift'][number]>) =>
      ({
        kind: 'stray',
        subject,
        message: `${subject} is odd like ${subject.toUpperCase()}`,
        found_at: 'noon',
        state: 'repaired',
        repaired_at: 'one',
        ...varied,
      }) as const;
    const all = [
      drift('a', { state: 'refused', because: 'no content' }),
      drift('b', {}),
      drift('c', { state: 'repairing', repaired_at: undefined }),
      drift('d', {}),
      drift('e', {}),
      drift('f', {}),
      drift('g', {}),
    ];
    const lines = environmentText({ ...environment, drift: all }, false, plain).split('\n');
    expect(lines.filter((line) => line.startsWith('drift'))).toEqual([
      'drift: c is odd like C, at noon: being repaired',
      'drift: a is odd like A, at noon: cannot be repaired: no content',
      'drift: g is odd like G, at noon: repaired at one',
      'drift: and 4 more; see "codectl events --app shop --env test"',
    ]);
  });

  it('tells what runs now rather than what ran last', () => {
    const text = environmentText(
      { ...environment, deployment: { ...deployment, outcome: undefined, direction: 'reverting', reason: 'api: no' } },
      false,
      plain,
    );
    expect(text.split('\n')[1]).toBe('shop-test-4 is under way, reverting: api: no');
  });

  it('lists routes with shares and counts', () => {
    expect(
      routesText(
        [
          { ...route, releases: [release, { ...release, release: 'api@3', share: 0.005 }] },
          { ...route, path: '/x', releases: [] },
        ],
        plain,
      ),
    ).toBe(
      [
        'ROUTE             SERVICE        RELEASE  SHARE  INSTANCES  REQUESTS  FAILURES',
        'shop.localhost/   shop/test/api  api@2    99.5%  2          12        1',
        '                                 api@3    0.5%   2          12        1',
        'shop.localhost/x  shop/test/api  none',
      ].join('\n'),
    );
  });

  it('lists what was tried', () => {
    expect(historyText([{ ...deployment, outcome: undefined, duration_ms: undefined }, deployment], plain)).toBe(
      [
        'NUMBER  STARTED                   KIND    OUTCOME    RELEASES           TOOK   BY',
        '4       2026-01-01T00:00:00.000Z  deploy  under way  api@2 old removed         user:me',
        '4       2026-01-01T00:00:00.000Z  deploy  succeeded  api@2 old removed  1m20s  user:me',
      ].join('\n'),
    );
  });

  it('lists findings with the next step', () => {
    expect(findingsText([{ subject: 'limits', state: 'limited', message: 'not enforced', hint: 'Run as root.' }], plain)).toBe(
      'limited limits: not enforced\n        Run as root.',
    );
  });

  it('keeps audit lines short', () => {
    const record = {
      sequence: 1,
      at: 'then',
      phase: 'intent',
      call: 'c',
      principal: 'user:me',
      operation: 'change.plan',
      effect: 'plan',
      subject: { manifest: 'x'.repeat(500), to: 3 },
      previous: '',
      hash: '',
    } as const;
    expect(auditText([record], plain).split('\n')[1]).toBe(`1       then  user:me  change.plan  intent  manifest=${'x'.repeat(40)}… to=3`);
  });
});

describe('colours', () => {
  const coloured = (terminal: boolean, environment: Record<string, string>, more: object = {}) => {
    const stdout = { write: () => true, isTTY: terminal };
    return createOut({ stdout, stderr: stdout, environment, json: false, quiet: false, colour: true, ...more }).paint('red', 'x') !== 'x';
  };

  it.each([
    [true, {}, {}, true],
    [false, {}, {}, false],
    [true, { NO_COLOR: '1' }, {}, false],
    [true, { TERM: 'dumb' }, {}, false],
    [false, { FORCE_COLOR: '1' }, {}, true],
    [true, {}, { colour: false }, false],
    [true, {}, { json: true }, false],
  ])('terminal %s, environment %j, flags %j: %s', (terminal, environment, more, expected) => {
    expect(coloured(terminal, environment, more)).toBe(expected);
  });
});
