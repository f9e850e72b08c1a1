// Names that lead out of where they belong: in addresses, in listings of files, in ids, in digests, in names of logs and secrets.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arena } from '../arena.ts';
import type { AttackClass, Try } from '../attack.ts';
import { paired } from '../attack.ts';

/** What a file of the system would show. */
const leaked = /root:[^:]*:0:0:|"private"|BEGIN [A-Z ]*KEY/;

const names = [
  '../escaped',
  '../../../../../../tmp/escaped',
  '/etc/escaped',
  'a/../../escaped',
  './../escaped',
  'a/..',
  '..',
  '.',
  '',
  'a//b',
  'a/./b',
  'a\u0000b',
  '\\..\\escaped',
  'a/../a',
];
const encoded = [
  '/v1/../../../../etc/passwd',
  '/../../../../etc/passwd',
  '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/v1/artifacts.put_blob/../../../etc/passwd',
  '/%c0%ae%c0%ae/etc/passwd',
  '/..\\..\\etc\\passwd',
  '/v1/..%00/etc/passwd',
  '/%252e%252e/etc/passwd',
  '/file:///etc/passwd',
];

export const traversal: AttackClass = {
  name: 'traversal',
  pairs: (arena) => {
    const scope = { application: 'shop', environment: 'default' };
    return paired(
      [
        ...encoded.map((path) => [`the address ${path}`, page(arena, path)] as const),
        ...names.map(
          (path) =>
            [
              `a directory named ${JSON.stringify(path)}`,
              refused(arena, 'artifacts.put_tree', { entries: [{ kind: 'directory', path }] }),
            ] as const,
        ),
        ...links(arena),
        ...['sha256:../../../../etc/passwd', '../../etc/passwd', `sha256:${'0'.repeat(64)}/../../x`, `sha256:${'0'.repeat(63)}%2e`].map(
          (digest) => [`a blob of digest ${digest}`, refused(arena, 'artifacts.put_blob', { digest })] as const,
        ),
        ...['../../../etc/passwd', '/etc/passwd', '..%2f..%2fetc%2fpasswd', '\u0000', '../gateway/gateway.json'].flatMap((path) => [
          [
            `a log of the instance ${JSON.stringify(path)}`,
            silent(arena, 'observe.logs', { ...scope, instance: path, follow: false }),
          ] as const,
          [
            `a log of the service ${JSON.stringify(path)}`,
            silent(arena, 'observe.logs', { ...scope, service: path, follow: false }),
          ] as const,
          [`a log of the task ${JSON.stringify(path)}`, refused(arena, 'jobs.logs', { id: path, follow: false })] as const,
          [`the deployment ${JSON.stringify(path)}`, refused(arena, 'deployments.get', { id: path })] as const,
          [`the plan ${JSON.stringify(path)}`, refused(arena, 'change.show', { plan_id: path })] as const,
          [`a secret named ${JSON.stringify(path)}`, refused(arena, 'secrets.set', { ...scope, name: path, value: 'a value' })] as const,
          [
            `an application named ${JSON.stringify(path)}`,
            refused(arena, 'lock.acquire', { ...scope, application: path, message: 'x' }),
          ] as const,
          [`a snapshot at ${JSON.stringify(path)}`, refused(arena, 'change.plan', planned(path))] as const,
        ]),
      ],
      twins(arena),
    );
  },
};

function planned(snapshot: string): object {
  return { manifest: 'application: elsewhere\nservices: { web: { run: { command: [node, server.js] } } }\n', snapshots: { web: snapshot } };
}

function page(arena: Arena, path: string): Try {
  return async () => {
    const { status, body } = await arena.api.send('GET', path, { headers: { authorization: `Bearer ${arena.admin.secret}` } });
    return status >= 400 && status < 500 && !leaked.test(body) ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
  };
}

function refused(arena: Arena, name: string, input: object): Try {
  return async () => {
    const { status, body } = await arena.ask(name, input, arena.admin);
    if (await escaped(arena)) return 'a file was made outside';
    return status >= 400 && status < 500 && !leaked.test(body) ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
  };
}

/** Nothing of that name is there to be shown; that this is told with 200 and no line is as good. */
function silent(arena: Arena, name: string, input: object): Try {
  return async () => {
    const { status, body } = await arena.ask(name, input, arena.admin);
    return status < 500 && (status >= 400 || body.trim() === '') ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
  };
}

async function escaped({ house }: Arena): Promise<boolean> {
  const places = [join(house.root, 'escaped'), join(house.home, 'escaped'), '/tmp/escaped', '/etc/escaped'];
  const there = await Promise.all(
    places.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.includes(true);
}

/** Links that lead out, by themselves or through one another, and files below them. */
function links(arena: Arena): readonly (readonly [string, Try])[] {
  const link = (path: string, target: string) => ({ kind: 'link', path, target });
  const below = { kind: 'directory', path: 'a/escaped' };
  const trees: Readonly<Record<string, readonly object[]>> = {
    'a link to /etc': [link('a', '/etc')],
    'a link to the directory above': [link('a', '..')],
    'a link far above': [link('a', '../../../../etc')],
    'a link out of a directory': [{ kind: 'directory', path: 'd' }, link('d/a', '../../x')],
    'a directory below a link': [link('a', 'b'), below, { kind: 'directory', path: 'b' }],
    'a link through a link': [{ kind: 'directory', path: 'd' }, link('d/here', '.'), link('a', 'd/here/../../x')],
    'a link to nowhere': [link('a', '')],
    'a link with a NUL': [link('a', 'b\u0000')],
    'the same name twice': [{ kind: 'directory', path: 'a' }, link('a', 'b')],
  };
  return Object.entries(trees).map(
    ([name, entries]) => [name, refused(arena, 'artifacts.put_tree', { entries: inOrder(entries) })] as const,
  );
}

/** Listings are refused for their order, too: that is not what is tried here. */
function inOrder(entries: readonly object[]): readonly object[] {
  const pathOf = (entry: object) => ('path' in entry ? String(entry.path) : '');
  return entries.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}

function twins(arena: Arena): readonly Try[] {
  const kept =
    (name: string, input: object): Try =>
    async () => {
      const { status, body } = await arena.ask(name, input, arena.admin);
      return status === 200 ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
    };
  const tree = (...paths: readonly string[]) => kept('artifacts.put_tree', { entries: paths.map((path) => ({ kind: 'directory', path })) });
  return [
    tree('a', 'a/b', 'a/b/c'),
    tree('..a'),
    tree('a..b'),
    tree('...'),
    tree('-dash', '.hidden', 'with a blank', 'übrig'),
    kept('artifacts.put_tree', {
      entries: inOrder([
        { kind: 'directory', path: 'd' },
        { kind: 'link', path: 'a', target: 'd' },
      ]),
    }),
    kept('observe.logs', { application: 'shop', environment: 'default', service: 'web', follow: false, tail: 1 }),
    kept('deployments.get', { id: arena.shop.deployment }),
    kept('change.show', { plan_id: arena.shop.plan }),
  ];
}
