// Ids of what is somebody else's, by those who may everything with what is theirs: alone, beside a place of their own, and instead of a name.
import type { Reply, Seen } from '../api.ts';
import type { Arena, Token } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';
import { paired } from '../attack.ts';
import { idMembers, inputFor } from '../inputs.ts';

export const ids: AttackClass = {
  name: 'ids of others',
  pairs: async (arena) => {
    const theirs = await Promise.all([
      arena.token({ roles: [{ role: 'admin', application: 'mine' }] }),
      arena.token({ roles: [{ role: 'admin', application: 'shop', environment: 'live' }] }),
    ]);
    const [stranger, neighbour] = theirs;
    const leading = arena.operations.filter(
      ({ name, schema }) =>
        !/^(?:delivery|login|sessions|tokens)\./.test(name) && idMembers.some((one) => one in (schema.properties ?? {})),
    );
    return [
      ...leading.flatMap((one) => [
        direct(arena, one, stranger, 'another application'),
        direct(arena, one, neighbour, 'another environment'),
        told(arena, one, stranger),
      ]),
      ...beside(arena, stranger),
    ];
  },
};

const short = ({ status, body }: Reply) => `answered ${status}: ${body.slice(0, 300)}`;

/** Whoever owns it may ask, or may at least be told why not now. */
function ownersTwin(arena: Arena, operation: Seen): Try {
  return async () => {
    if (operation.effect === 'write' || operation.effect === 'destroy') {
      const reply = await arena.ask(
        'policy.decide',
        { operation: operation.name, application: 'shop', environment: 'default' },
        arena.admin,
      );
      return reply.body.includes('"allowed":true') ? undefined : short(reply);
    }
    const reply = await arena.api.call(operation, inputFor(operation, arena.shop), { token: arena.admin.secret });
    return reply.status === 401 || reply.status === 403 || reply.status >= 500 ? short(reply) : undefined;
  };
}

function direct(arena: Arena, operation: Seen, token: Token, of: string): Pair {
  return {
    name: `${operation.name} by the id of ${of}`,
    attack: async () => {
      const reply = await arena.api.call(operation, inputFor(operation, arena.shop), { token: token.secret });
      return reply.status === 403 && reply.code === 'denied' ? undefined : short(reply);
    },
    twin: ownersTwin(arena, operation),
  };
}

/** What is there must be refused in the words of what is not. */
function told(arena: Arena, operation: Seen, token: Token): Pair {
  const nowhere = { ...arena.shop, deployment: 'shop-default-999', plan: 'plan-of-nobody', task: 'shop-default-t999', instance: 'nobody' };
  const wordsOf = ({ status, body }: Reply) =>
    `${status} ${Object.values(nowhere)
      .concat(Object.values(arena.shop))
      .reduce((text, id) => text.replaceAll(id, '…'), body)}`;
  return {
    name: `${operation.name}: what is there is told from what is not`,
    attack: async () => {
      const ask = (place: typeof nowhere) => arena.api.call(operation, inputFor(operation, place), { token: token.secret });
      const [there, not] = [wordsOf(await ask(arena.shop)), wordsOf(await ask(nowhere))];
      return there === not ? undefined : `${there.slice(0, 200)}\n${not.slice(0, 200)}`;
    },
    twin: ownersTwin(arena, operation),
  };
}

/** A place of one's own opens the door, and an id beside it leads elsewhere. */
function beside(arena: Arena, token: Token): readonly Pair[] {
  const { shop, mine } = arena;
  const own = { application: mine.application, environment: mine.environment };
  const asking =
    (name: string, input: object, wrong: (reply: Reply) => boolean, more: object = {}): Try =>
    async () => {
      const reply = await arena.ask(name, input, token, more);
      return wrong(reply) ? short(reply) : undefined;
    };
  const theirs = Object.values(shop).filter((id) => id !== shop.environment);
  const given = ({ status, body }: Reply) => status === 200 && theirs.some((id) => body.includes(id));
  const unless4xx = ({ status }: Reply) => status < 400 || status >= 500;
  const unless403 = ({ status }: Reply) => status !== 403;
  const served = (name: string, input: object) => asking(name, { ...own, ...input }, ({ status }) => status !== 200);
  const manifest = 'application: shop\nservices: { web: { image: web:1 } }\n';
  const exec = { ...own, service: 'web', instance: shop.instance, command: ['true'] };
  const twoPlaces = { path: '/v1/apps.status?application=mine&application=shop' };
  return paired(
    [
      [
        'events of a deployment of others',
        asking('observe.events', { ...own, deployment: shop.deployment, after: 0, follow: false }, given),
      ],
      ['logs of an instance of others', asking('observe.logs', { ...own, instance: shop.instance, follow: false }, given)],
      ['a program in an instance of others', asking('runtime.exec', exec, ({ body }) => body.includes('"kind":"exit","code":0'))],
      ['going back to a deployment of others', asking('change.rollback_plan', { ...own, to: shop.deployment }, unless4xx)],
      ['going back to a number of others', asking('change.rollback_plan', { ...own, to: '999' }, unless4xx)],
      ['a manifest of others', asking('change.plan', { manifest, environment: 'default' }, unless403)],
      ['a token for others', asking('tokens.create', { name: 'theirs', roles: [{ role: 'viewer', application: 'shop' }] }, unless403)],
      ['a token of others', asking('tokens.create', { name: 'theirs', effects: ['read'], owner: 'root' }, unless403)],
      ['all applications, by naming none', asking('apps.status', {}, ({ status, body }) => status === 200 && body.includes('"shop"'))],
      ['an environment with a path in it', asking('deployments.list', { ...own, environment: '../shop/default' }, unless4xx)],
      ['an application with a separator in it', asking('deployments.list', { ...own, application: 'mine/../shop' }, unless4xx)],
      ['two applications', asking('apps.status', {}, ({ status }) => status !== 400, twoPlaces)],
    ],
    [
      served('observe.events', { after: 0, follow: false }),
      served('observe.logs', { follow: false }),
      served('deployments.list', {}),
      served('endpoints.list', {}),
    ],
  );
}
