// The commands of policies and approvals, against canned answers: what they ask, what they print, and their exit codes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeDaemon } from './cli-kit.ts';
import { fakeDaemon, Problem, run } from './cli-kit.ts';

let daemon: FakeDaemon;
let directory: string;

beforeEach(async () => {
  daemon = await fakeDaemon();
  directory = await mkdtemp(join(tmpdir(), 'codectl-policy-'));
});

afterEach(async () => {
  await daemon.stop();
  await rm(directory, { recursive: true, force: true });
});

const type = (...args: readonly string[]) => run(args, { home: daemon.home, directory });
const write = (name: string, text: string) => writeFile(join(directory, name), text);
const decided = (allowed: boolean, approvals_needed?: number) => ({
  allowed,
  principal: 'token:ci',
  reason: allowed ? 'token:ci may.' : 'token:ci may not.',
  approvals_needed,
  policies: [{ id: 'quiet-hours', origin: 'own', effect: allowed ? 'permit' : 'forbid', text: 'forbid (…);' }],
});

describe('policy explain', () => {
  it.each([
    [decided(true), 0, 'allowed: token:ci may.'],
    [decided(false), 9, 'denied: token:ci may not.'],
    [decided(false, 2), 10, 'The approval of 2 would be enough'],
  ])('tells the decision, the policies and the exit code', async (answer, code, words) => {
    daemon.answers['policy.decide'] = () => answer;
    const ran = await type('policy', 'explain', 'change.apply', '--as', 'token:ci', '--app', 'shop', '--replicas', '3');
    expect(ran).toMatchObject({ code, out: expect.stringContaining(words) });
    expect(ran.out).toContain('quiet-hours');
    expect(daemon.asked[0]?.input).toEqual({ operation: 'change.apply', principal: 'token:ci', application: 'shop', replicas: 3 });
  });

  it('takes no number that is none', async () => {
    expect(await type('policy', 'explain', 'change.apply', '--replicas', 'many')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--replicas'),
    });
    expect(daemon.asked).toEqual([]);
  });
});

describe('policy set', () => {
  it('sends the file, or only checks it', async () => {
    await write('own.cedar', 'permit (principal, action, resource);');
    daemon.answers['policy.set'] = () => ({ count: 1 });
    expect(await type('policy', 'set', 'own.cedar')).toMatchObject({ code: 0, out: '1 policy of own.cedar in force.\n' });
    expect((await type('policy', 'set', 'own.cedar', '--check')).out).toContain('Nothing was changed');
    expect(daemon.asked.map(({ input }) => input)).toEqual([
      { text: 'permit (principal, action, resource);', file: 'own.cedar', dry_run: false },
      { text: 'permit (principal, action, resource);', file: 'own.cedar', dry_run: true },
    ]);
  });

  it('shows what is wrong, and says when there is no file', async () => {
    await write('own.cedar', 'nonsense');
    daemon.answers['policy.set'] = () => new Problem(400, 'policy_invalid', 'own.cedar:1:1: unexpected token');
    expect(await type('policy', 'set', 'own.cedar')).toMatchObject({ code: 2, err: expect.stringContaining('own.cedar:1:1') });
    expect(await type('policy', 'set', 'none.cedar')).toMatchObject({ code: 2, err: expect.stringContaining('none.cedar cannot be read') });
  });
});

describe('policy test', () => {
  const cases = [
    '- { name: one, operation: change.apply, as: token:ci, expect: allow }',
    '- { name: two, operation: change.apply, roles: [viewer], expect: deny }',
    '- { name: three, operation: change.apply, expect: approval }',
  ].join('\n');

  it('compares every answer with what was expected', async () => {
    await write('cases.yaml', cases);
    const answers = [decided(true), decided(false), decided(false, 1)];
    daemon.answers['policy.decide'] = (_, call) => answers[call - 1];
    expect(await type('policy', 'test', 'cases.yaml')).toMatchObject({ code: 0, out: expect.stringContaining('3 of 3 as expected.') });
    expect(daemon.asked.map(({ input }) => input)).toEqual([
      { operation: 'change.apply', principal: 'token:ci' },
      { operation: 'change.apply', roles: ['viewer'] },
      { operation: 'change.apply' },
    ]);
  });

  it('fails when one differs, and says which and why', async () => {
    await write('cases.yaml', cases);
    await write('tried.cedar', 'permit (principal, action, resource);');
    daemon.answers['policy.decide'] = () => decided(true);
    const ran = await type('policy', 'test', 'cases.yaml', '--policies', 'tried.cedar');
    expect(ran).toMatchObject({ code: 1, out: expect.stringContaining('FAIL two: expected deny, got allow. token:ci may.') });
    expect(ran.out).toContain('1 of 3 as expected.');
    expect(daemon.asked[0]?.input).toMatchObject({ policies: 'permit (principal, action, resource);' });
  });

  it.each([
    '',
    '[]',
    'a: 1',
    '- { operation: change.apply }',
    '- { operation: change.apply, expect: maybe }',
    '- 1',
    '"',
  ])('takes no file that tests nothing: %j', async (text) => {
    await write('cases.yaml', text);
    expect(await type('policy', 'test', 'cases.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('cases.yaml') });
    expect(daemon.asked).toEqual([]);
  });
});

describe('approve', () => {
  const plan = {
    plan_id: 'plan-1',
    digest: 'sha256:abc',
    application: 'shop',
    environment: 'live',
    runtime: 'process',
    kind: 'deploy',
    changes: [],
    warnings: [],
    risk: 'low',
    policy: [],
    approval: 'required',
    approvals_needed: 2,
    approved_by: ['token:bob'],
    created_at: 'x',
    expires_at: 'x',
    created_by: 'token:alice',
  };

  beforeEach(() => {
    daemon.answers['change.show'] = () => plan;
    daemon.answers['approvals.approve'] = () => ({ plan_id: 'plan-1', person: 'user:root', principal: 'user:root', expires_at: 'then' });
  });

  it('shows the plan, and approves what was shown', async () => {
    const ran = await type('approve', 'plan-1', '--yes', '--comment', 'seen');
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('approved by user:root until then') });
    expect(ran.out + ran.err).toContain('needs 2 people who did not ask for it (codectl approve plan-1); approved by token:bob');
    expect(daemon.asked.at(-1)?.input).toEqual({ plan_id: 'plan-1', digest: 'sha256:abc', comment: 'seen' });
  });

  it('does not say yes where nobody can be asked', async () => {
    expect(await type('approve', 'plan-1')).toMatchObject({ code: 2 });
    expect(daemon.asked.map(({ name }) => name)).toEqual(['change.show']);
  });

  it('takes an approval back', async () => {
    daemon.answers['approvals.withdraw'] = () => ({ withdrawn: true });
    expect(await type('approve', 'plan-1', '--withdraw')).toMatchObject({ code: 0, out: 'You no longer approve plan-1.\n' });
  });

  it('is not needed where the glass is broken, with a reason', async () => {
    daemon.answers['approvals.break_glass'] = () => ({ principal: 'user:root' });
    daemon.answers['change.apply'] = () => new Problem(403, 'approval_required', 'still not');
    const ran = await type('apply', 'plan-1', '--yes', '--break-glass', 'nobody is awake');
    expect(ran).toMatchObject({ code: 10 });
    expect(ran.out + ran.err).toContain('user:root broke the glass for plan-1');
    expect(daemon.asked.map(({ name }) => name)).toEqual(['change.show', 'approvals.break_glass', 'change.show', 'change.apply']);
    // Whoever reads nothing but the error learns of which plan.
    daemon.answers['change.apply'] = () => new Problem(403, 'approval_required', 'wait', 'approve it with "codectl approve PLAN"');
    const { out } = await type('--json', 'apply', 'plan-1', '--yes');
    const { error } = JSON.parse(out) as { readonly error: { readonly hint: string; readonly details: object } };
    expect(error).toMatchObject({ hint: expect.stringContaining('codectl approve plan-1"'), details: { plan_id: 'plan-1' } });
    daemon.asked.splice(4);
    expect(daemon.asked[1]?.input).toEqual({ plan_id: 'plan-1', digest: 'sha256:abc', reason: 'nobody is awake' });
  });
});

describe('token create', () => {
  it('leaves nothing of a place out, which would make it a larger one', async () => {
    daemon.answers['tokens.create'] = () => new Problem(400, 'input_invalid', 'no such place');
    for (const role of ['viewer@shop/dev/more', 'viewer@shop@dev', 'viewer@']) await type('token', 'create', 'x', '--role', role);
    expect(daemon.asked.map(({ input }) => input['roles'])).toEqual([
      [{ role: 'viewer', application: 'shop', environment: 'dev/more' }],
      [{ role: 'viewer', application: 'shop@dev' }],
      [{ role: 'viewer', application: '' }],
    ]);
  });

  it('says roles, places and limits in the words of the API', async () => {
    daemon.answers['tokens.create'] = () => ({
      id: 't-1',
      kind: 'agent',
      effects: [],
      roles: [{ role: 'agent', application: 'shop' }],
      secret: 'code_x',
    });
    const args = [
      '--kind',
      'agent',
      '--role',
      'agent@shop',
      '--role',
      'viewer',
      '--max-replicas',
      '5',
      '--environments',
      'staging,test',
      '--freeze',
      'fri 15:00-mon 08:00',
    ];
    expect(await type('token', 'create', 'helper', ...args)).toMatchObject({
      code: 0,
      out: 'code_x\n',
      err: expect.stringContaining('agent@shop (agent)'),
    });
    expect(daemon.asked[0]?.input).toEqual({
      name: 'helper',
      effects: [],
      kind: 'agent',
      roles: [{ role: 'agent', application: 'shop' }, { role: 'viewer' }],
      limits: { replicas: 5, environments: ['staging', 'test'], freeze: ['fri 15:00-mon 08:00'] },
    });
  });
});
