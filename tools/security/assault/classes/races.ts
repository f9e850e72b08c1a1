// The same thing by many at once: what may happen once happens once, and what is asked for under one key has one answer.
import type { DeploymentSeen } from '../../../../test/kit/house.ts';
import type { Reply } from '../api.ts';
import { Approving } from '../approving.ts';
import type { Arena, Token } from '../arena.ts';
import type { AttackClass, Try } from '../attack.ts';
import { paired } from '../attack.ts';

const crowd = 50;
const times = <T>(work: (nth: number) => Promise<T>, count = crowd): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, (_, nth) => work(nth)));

export const races: AttackClass = {
  name: 'races',
  pairs: async (arena) => {
    const ground = await Approving.open(arena);
    return paired([...ofPlans(arena, ground), ...ofApprovals(arena, ground), ...ofKeys(arena), ...ofTokens(arena)], twins(arena, ground));
  },
};

type Attacks = readonly (readonly [string, Try])[];
const went = (replies: readonly Reply[]) => replies.filter(({ status }) => status === 200);
const broken = (replies: readonly Reply[]) => replies.find(({ status }) => status >= 500);

/** At most so many of them may have gone through, and none may have broken anything. */
function atMost(most: number, replies: readonly Reply[]): string | undefined {
  const wrong = broken(replies);
  if (wrong) return `answered ${wrong.status}: ${wrong.body.slice(0, 300)}`;
  return went(replies).length <= most ? undefined : `${went(replies).length} of ${replies.length} went through`;
}

async function deployments(arena: Arena): Promise<number> {
  const found = await arena.done<{ deployments: readonly unknown[] }>('deployments.list', {
    application: 'guarded',
    environment: 'live',
    limit: 200,
  });
  return found.deployments.length;
}

function ofPlans(arena: Arena, ground: Approving): Attacks {
  const applied = async (token: (nth: number) => Token, more: (nth: number) => object = () => ({})): Promise<string | undefined> => {
    const plan = await ground.plan();
    await ground.approve(plan);
    const before = await deployments(arena);
    const replies = await times((nth) => arena.ask('change.apply', { plan_id: plan.plan_id, ...more(nth) }, token(nth)));
    const made = (await deployments(arena)) - before;
    const [first] = went(replies);
    if (first) await arena.house.outcome(JSON.parse(first.body) as DeploymentSeen);
    return made === 1 ? atMost(crowd, replies) : `${made} deployments of one plan`;
  };
  return [
    ['one plan, applied by one', async () => applied(() => ground.operator)],
    ['one plan, applied by several', async () => applied((nth) => (nth % 2 === 0 ? ground.operator : arena.admin))],
    [
      'one plan, applied under as many keys',
      async () =>
        applied(
          () => ground.operator,
          (nth) => ({ idempotency_key: `race-${Date.now()}-${nth}` }),
        ),
    ],
    [
      'plans that exclude one another',
      async () => {
        const plans = await times(() => ground.plan(), 5);
        for (const plan of plans) await ground.approve(plan);
        const before = await deployments(arena);
        const replies = await times((nth) => arena.ask('change.apply', { plan_id: plans[nth % plans.length]?.plan_id }, ground.operator));
        const made = (await deployments(arena)) - before;
        const [first] = went(replies);
        if (first) await arena.house.outcome(JSON.parse(first.body) as DeploymentSeen);
        return made === 1 ? atMost(1, replies) : `${made} deployments of plans of one state`;
      },
    ],
  ];
}

function ofApprovals(arena: Arena, ground: Approving): Attacks {
  const approvals = async (plan_id: string) =>
    (await arena.done<{ approvals: readonly unknown[] }>('approvals.list', { plan_id })).approvals.length;
  const by = async (token: (nth: number) => Token, most: number): Promise<string | undefined> => {
    const { plan_id, digest } = await ground.plan();
    const replies = await times((nth) => arena.ask('approvals.approve', { plan_id, digest }, token(nth)));
    const counted = await approvals(plan_id);
    return counted <= most ? atMost(most, replies) : `${counted} approvals count`;
  };
  return [
    ['approvals by the one who asked', () => by((nth) => (nth % 2 === 0 ? ground.operator : ground.operatorToo), 0)],
    ['approvals by one person', () => by(() => ground.approver, 1)],
    [
      'approvals by one person with several tokens',
      async () => {
        const others = await times(() => arena.token({ roles: [{ role: 'approver' }], owner: 'anna' }), 5);
        return by((nth) => others[nth % others.length] ?? ground.approver, 1);
      },
    ],
    ['approvals by two people', () => by((nth) => (nth % 2 === 0 ? ground.approver : ground.second), 2)],
    [
      'an approval that is withdrawn while it is used',
      async () => {
        const { plan_id, digest } = await ground.plan();
        await ground.approve({ plan_id, digest });
        const [applied, withdrawn] = await Promise.all([
          arena.ask('change.apply', { plan_id }, ground.operator),
          arena.ask('approvals.withdraw', { plan_id }, ground.approver),
        ]);
        if (applied.status === 200) await arena.house.outcome(JSON.parse(applied.body) as DeploymentSeen);
        return applied.status === 200 && withdrawn.body.includes('"withdrawn":true')
          ? 'applied with an approval that was withdrawn'
          : undefined;
      },
    ],
  ];
}

function ofKeys(arena: Arena): Attacks {
  const under = async (key: string, name: (nth: number) => string) =>
    times((nth) =>
      arena.ask('tokens.create', { name: name(nth), effects: ['read'] }, arena.admin, { headers: { 'idempotency-key': key } }),
    );
  const lock = (key: string, message: (nth: number) => string) =>
    times((nth) =>
      arena.ask('lock.acquire', { application: 'raced', environment: 'default', message: message(nth) }, arena.admin, {
        headers: { 'idempotency-key': key },
      }),
    );
  return [
    ['one key with one body', async () => atMost(1, await under('race-one', () => 'race-one'))],
    ['one key with as many bodies', async () => atMost(1, await under('race-many', (nth) => `race-many-${nth}`))],
    [
      'one key with two bodies, answers that are kept',
      async () => {
        const replies = await lock('race-two', (nth) => `because ${nth % 2}`);
        const foreign = replies.find(({ status, body }, nth) => status === 200 && !body.includes(`because ${nth % 2}`));
        if (foreign) return `answered with what another body got: ${foreign.body}`;
        const answers = new Set(went(replies).map(({ body }) => body));
        return answers.size <= 1 ? atMost(crowd, replies) : `${answers.size} answers under one key`;
      },
    ],
  ];
}

function ofTokens(arena: Arena): Attacks {
  return [
    [
      'one name for many tokens',
      async () => atMost(1, await times(() => arena.ask('tokens.create', { name: 'race-name', effects: ['read'] }, arena.admin))),
    ],
    [
      'a token while it is revoked',
      async () => {
        const gone = await arena.token({ roles: [{ role: 'viewer' }] });
        await Promise.all([times(() => arena.ask('apps.status', {}, gone)), arena.done('tokens.revoke', { id: gone.id })]);
        return atMost(0, await times(() => arena.ask('apps.status', {}, gone)));
      },
    ],
    [
      'children of a token while it is revoked',
      async () => {
        const parent = await arena.token({ roles: [{ role: 'admin' }] });
        const [made] = await Promise.all([
          times((nth) => arena.ask('tokens.create', { name: `race-child-${nth}`, effects: ['read'], roles: [{ role: 'viewer' }] }, parent)),
          arena.done('tokens.revoke', { id: parent.id }),
        ]);
        const children = went(made).map(({ body }) => JSON.parse(body) as Token);
        return atMost(0, await Promise.all(children.map((child) => arena.ask('apps.status', {}, child))));
      },
    ],
  ];
}

function twins(arena: Arena, ground: Approving): readonly Try[] {
  const all = async (replies: readonly Reply[]) => {
    const wrong = replies.find(({ status }) => status !== 200);
    return wrong && `answered ${wrong.status}: ${wrong.body.slice(0, 300)}`;
  };
  return [
    async () => all(await times(() => arena.ask('apps.status', {}, arena.admin))),
    async () =>
      all(
        await times(
          (nth) =>
            arena.ask(
              'secrets.set',
              { application: 'raced', environment: 'default', name: `N${nth}`, value: 'a value of its own' },
              arena.admin,
            ),
          10,
        ),
      ),
    async () => {
      const { plan_id, digest } = await ground.plan();
      return all(
        await Promise.all([ground.approver, ground.second].map((token) => arena.ask('approvals.approve', { plan_id, digest }, token))),
      );
    },
  ];
}
