// Members that an input does not have: ones that would decide something, ones that reach a prototype, one given twice, one of another type.
import type { Reply, Seen } from '../api.ts';
import type { Arena } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';
import { inputFor } from '../inputs.ts';

export const assignment: AttackClass = {
  name: 'mass assignment',
  pairs: (arena) => {
    // Whatever it would end must still be there for the others.
    const last = (one: Seen) => Number(one.name === 'system.stop');
    return arena.operations
      .filter(({ raw }) => !raw)
      .toSorted((a, b) => last(a) - last(b))
      .flatMap((one) => (one.method === 'POST' ? ofBody(arena, one) : ofQuery(arena, one)));
  },
};

/** As JSON, put before the members that belong there. */
const bodies: Readonly<Record<string, string>> = {
  'words of an approval': '"approved":true,"approvals":9,"approved_by":["user:root"]',
  'somebody else’s name': '"principal":"user:root","person":"user:root","by":"user:root"',
  rights: '"role":"admin","roles_":["admin"],"effect":"read","is_admin":true',
  __proto__: '"__proto__":{"approved":true}',
  constructor: '"constructor":{"prototype":{"approved":true}}',
  'a version': '"version":1,"created_at":"2000-01-01T00:00:00Z","expires_at":"2999-01-01T00:00:00Z"',
};

const queries: Readonly<Record<string, string>> = {
  'a member more': 'principal=user:root',
  __proto__: '__proto__=1',
  '__proto__ with a member': '__proto__[approved]=1',
  constructor: 'constructor[prototype][approved]=1',
  'the same twice': 'application=mine&application=shop',
  'a member in brackets': 'application[]=shop',
};

const refused = ({ status, code, body }: Reply) =>
  status === 400 && code === 'input_invalid' ? undefined : `answered ${status}: ${body.slice(0, 300)}`;

/** Whatever became of it: it was read as an input of that operation. What is wrong with one is listed. */
const fits = (status: number, body: string) => status < 500 && !body.includes('"problems"');

/** Where nothing is, so that what went through does nothing but be seen. */
function nowhere(arena: Arena): Arena['shop'] {
  return {
    ...arena.shop,
    application: 'nowhere',
    deployment: 'nowhere-default-1',
    plan: 'plan-of-nobody',
    task: 'nowhere-default-t1',
    instance: 'nobody',
  };
}

function ofBody(arena: Arena, operation: Seen): readonly Pair[] {
  const own = JSON.stringify(inputFor(operation, nowhere(arena))).slice(1);
  const send = (text: string) => arena.api.call(operation, {}, { token: arena.admin.secret, text });
  return Object.entries(bodies).map(([what, members], nth) => ({
    name: `${operation.name} with ${what}`,
    attack: async () => refused(await send(`{${members}${own === '}' ? '' : ','}${own}`)),
    twin: fitting(operation, nth, send, own),
  }));
}

/** The same input without them fits, whatever becomes of it then. */
function fitting({ name }: Seen, nth: number, send: (text: string) => Promise<Reply>, own: string): Try {
  return async () => {
    // What it makes has to have another name each time, and the house has to stand.
    const text = name === 'tokens.create' ? `{${own}`.replace('more', `more-${nth}`) : `{${own}`;
    const { status, body } = await send(name === 'system.stop' ? '{"everything":true}' : text);
    return fits(status, body) ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
  };
}

function ofQuery(arena: Arena, operation: Seen): readonly Pair[] {
  const input = new URLSearchParams(
    Object.entries(inputFor(operation, nowhere(arena))).map(([key, value]): [string, string] => [key, String(value)]),
  );
  const ask = (more: string) =>
    arena.api.call(operation, {}, { token: arena.admin.secret, path: `/v1/${operation.name}?${input.toString()}${more}` });
  return Object.entries(queries).map(([what, members]) => ({
    name: `${operation.name} with ${what}`,
    attack: async () => refused(await ask(`&${members}`)),
    twin: async () => {
      const { status, body } = await ask('');
      return fits(status, body) ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
    },
  }));
}
