// Every operation by every role, where it holds and where it does not: what it may is written here once more, in other words than the policies'.
import type { Role } from '../../../../src/model/principal.ts';
import { roles } from '../../../../src/model/principal.ts';
import type { Seen } from '../api.ts';
import type { Arena, Token } from '../arena.ts';
import type { AttackClass, Pair } from '../attack.ts';
import { inputFor } from '../inputs.ts';

const records = /^(?:audit|sessions|tokens|policy)\./;
const governs = /^approvals\.(?!list)|^policy\.set$/;
/** Of the engine as a whole, where a role of one application reaches nothing. */
const engineWide = /^(?:audit|policy|sessions|system|tokens)\.|^jobs\.key$|^secrets\.rotate$|^traffic\.routes$/;
/** About nobody but who asks; an agent has nothing that it could log out of. */
const everybodys = (name: string, role: Role) => name === 'system.info' || (name === 'sessions.end' && role !== 'agent');
/** Content is stored by whoever may deploy something somewhere. */
const contents = /^artifacts\./;

const mayHere: Readonly<Record<Role, (one: Seen) => boolean>> = {
  viewer: ({ name, effect }) => effect === 'read' && !records.test(name),
  auditor: ({ effect }) => effect === 'read',
  approver: ({ name, effect }) => (effect === 'read' && !records.test(name)) || /^approvals\.(?:approve|withdraw)$/.test(name),
  operator: ({ name, effect }) => (effect !== 'destroy' || name === 'deployments.abort') && !records.test(name) && !governs.test(name),
  agent: (one) => mayHere.operator(one) && !one.humansOnly,
  admin: () => true,
};

function may(role: Role, one: Seen, here: boolean): boolean {
  if (one.open || everybodys(one.name, role)) return true;
  if (contents.test(one.name)) return role === 'operator' || role === 'admin';
  return here && !engineWide.test(one.name) && mayHere[role](one);
}

export const privileges: AttackClass = {
  name: 'privileges: role × operation × place',
  pairs: async (arena) => {
    const all: Pair[] = [];
    for (const role of roles)
      for (const application of ['shop', 'mine']) {
        const [low, high] = await Promise.all([tokenOf(arena, role, application), arena.token({ roles: [{ role: 'admin' }] })]);
        const refused = arena.operations.filter((one) => !may(role, one, application === 'shop'));
        all.push(...refused.map((one) => pair(arena, one, `${one.name} of shop as ${role} of ${application}`, { low, high })));
      }
    return all;
  },
};

function tokenOf(arena: Arena, role: Role, application: string): Promise<Token> {
  const limits = { replicas: 5, services: 5, environments: ['default'] };
  return arena.token({ roles: [{ role, application }], ...(role === 'agent' && { kind: 'agent', limits }) });
}

interface Tokens {
  readonly low: Token;
  readonly high: Token;
}

function pair(arena: Arena, operation: Seen, name: string, { low, high }: Tokens): Pair {
  const input = inputFor(operation, arena.shop);
  return {
    name,
    attack: async () => {
      const { status, code, body } = await arena.api.call(operation, input, { token: low.secret });
      return status === 403 && code === 'denied' ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
    },
    twin: async () => {
      // What changes something is only asked about.
      if (operation.effect === 'write' || operation.effect === 'destroy') return decided(arena, operation, high);
      const { status, body } = await arena.api.call(operation, input, { token: high.secret });
      return status === 401 || status === 403 || status >= 500 ? `answered ${status}: ${body.slice(0, 300)}` : undefined;
    },
  };
}

async function decided(arena: Arena, { name }: Seen, token: Token): Promise<string | undefined> {
  const { status, body } = await arena.ask('policy.decide', { operation: name, application: 'shop', environment: 'default' }, token);
  return status === 200 && body.includes('"allowed":true') ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
}
