// Words that would be more than words: line ends in what becomes a field of HTTP, signs that a terminal obeys, lines that pose as lines of a log.
import type { Arena } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';
import { paired } from '../attack.ts';
import { speak } from '../wire.ts';

export const injection: AttackClass = {
  name: 'injection: fields, logs, terminal',
  pairs: (arena) => [...intoFields(arena), ...intoTerminal(arena), ...intoNames(arena)],
};

const scope = { application: 'shop', environment: 'default' };
/** What a terminal would obey or hide: escapes, the bell, deletions, directions, line ends within a line, what is not seen. */
// oxlint-disable-next-line no-control-regex
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const hostile: Readonly<Record<string, string>> = {
  'an escape that clears the screen': '\u001b[2J\u001b[H',
  'a title of the window': '\u001b]0;owned\u0007',
  'an 8-bit escape': '\u009b2J',
  'a link that lies': '\u001b]8;;http://attacker.example\u001b\\here\u001b]8;;\u001b\\',
  'a line that is written over': 'bad\rgood',
  'letters taken back': 'bad\b\b\bgood',
  'another direction': 'safe\u202egnp.exe',
  'letters that are not seen': 'a\u200bb\u2060c\ufeff',
  'a line of its own': 'x\r\nlocked by nobody',
};

function intoFields(arena: Arena): readonly Pair[] {
  const paused =
    (message: string, wrong: (head: string) => boolean): Try =>
    async () => {
      await arena.done('traffic.pause', { ...scope, service: 'web', message });
      try {
        const { text } = await speak(arena.gatewayPort, 'GET / HTTP/1.1\r\nHost: attacked.test\r\n\r\n', { host: 'attacked.test' });
        const head = text.split('\r\n\r\n')[0] ?? '';
        return wrong(head) ? text.slice(0, 300) : undefined;
      } finally {
        await arena.done('traffic.resume', { ...scope, service: 'web' });
      }
    };
  const injected = (head: string) => /^(?:set-cookie|x-injected|location):/im.test(head) || head.startsWith('HTTP/1.1 200');
  const asked =
    (field: string): Try =>
    async () => {
      const { text } = await speak(arena.gatewayPort, `GET /echo HTTP/1.1\r\nHost: attacked.test\r\n${field}\r\n\r\n`, {
        host: 'attacked.test',
      });
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const believed = /6\.6\.6\.6|evil\.test|owned-role/.test(rest.join('').split('HTTP/1.1 ')[0] ?? '');
      return injected(head.replace(/^HTTP\/1\.1 200/, '')) || believed ? text.slice(0, 600) : undefined;
    };
  const claims = [
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: evil.test',
    'Forwarded: for=6.6.6.6;host=evil.test',
    'X_Forwarded_For: 6.6.6.6',
    'X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Port: 6.6.6.6',
    'X-Forwarded-Server: evil.test',
    'Proxy-Connection: evil.test',
    'Keep-Alive: evil.test',
    'Connection: x-role\r\nX-Role: owned-role',
    'X-Request-Id: a\u000b6.6.6.6',
  ];
  return paired(
    [
      ['a message of a pause with a field in it', paused('closed\r\nSet-Cookie: owned=1', injected)],
      ['a message of a pause with an answer in it', paused('closed\r\n\r\nHTTP/1.1 200 OK\r\nX-Injected: 1\r\n\r\n', injected)],
      ['a message of a pause with bare line feeds', paused('closed\nX-Injected: 1\n', injected)],
      ['a message of a pause in letters whose low byte is a line end', paused('closed\u010d\u010aX-Injected: 1', injected)],
      ...claims.map((field) => [`a client’s claim: ${JSON.stringify(field)}`, asked(field)] as const),
    ],
    [
      async () => {
        const { text } = await speak(arena.gatewayPort, 'GET /echo HTTP/1.1\r\nHost: attacked.test\r\nX-Own: 1\r\n\r\n', {
          host: 'attacked.test',
        });
        return text.includes('X-Own') ? undefined : text.slice(0, 300);
      },
      paused('Back at noon.', (head) => !head.startsWith('HTTP/1.1 503')),
    ],
  );
}

const harmless = 'Grüße aus 東京 👍🏽';

/** Said by a caller or by an instance, shown to whoever looks. The command line is started once for each way to look. */
function intoTerminal(arena: Arena): readonly Pair[] {
  const once = new Map<string, Promise<string>>();
  const shown = (...args: readonly string[]): Promise<string> => {
    const known = once.get(args.join(' ')) ?? said().then(() => arena.cli(...args));
    once.set(args.join(' '), known);
    return known;
  };
  let locked: Promise<unknown> | undefined;
  const said = () => (locked ??= lock(arena, [...Object.values(hostile), harmless].join(' | ')));
  const looking =
    (args: readonly string[], good: (text: string) => boolean): Try =>
    async () => {
      const text = await shown(...args);
      return good(text) ? undefined : JSON.stringify(text.slice(0, 600));
    };
  const tame = (text: string) => !obeyed.test(text) && !/^locked by nobody/m.test(text);
  const logs = ['logs', '--app', 'shop'];
  const ways = [['status'], ['--json', 'status'], ['events'], ['--json', 'events'], ['audit', 'show'], logs, ['--json', ...logs]];
  const ownLog = async () => {
    const forged = arena.house.log.split('\n').some((line) => line !== '' && !line.startsWith('{'));
    return obeyed.test(arena.house.log) || forged ? arena.house.log.slice(-500) : undefined;
  };
  return paired(
    [
      ...Object.entries(hostile).map(
        ([what, words]) =>
          [
            `the reason of a lock: ${what}`,
            looking(['status'], (text) => tame(text) && !text.includes(words) && text.includes('locked by')),
          ] as const,
      ),
      ...ways.map((args) => [`what codectl ${args.join(' ')} shows`, looking(args, (text) => tame(text) && text.length > 100)] as const),
      ['the log of the daemon', ownLog],
    ],
    [
      looking(['status'], (text) => text.includes(harmless)),
      looking(['events'], (text) => text.includes(harmless)),
      looking(logs, (text) => text.includes('said something harmless: äöü')),
    ],
  );
}

async function lock(arena: Arena, message: string): Promise<void> {
  await arena.done('lock.release', scope);
  await arena.done('lock.acquire', { ...scope, message });
}

/** Names are no place for such words at all. */
function intoNames(arena: Arena): readonly Pair[] {
  const refused =
    (name: string, input: object): Try =>
    async () => {
      const { status, body } = await arena.ask(name, input, arena.admin);
      return status === 400 ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
    };
  const text = `a${hostile['an escape that clears the screen']}\r\nb`;
  return paired(
    [
      ['a name of a token', refused('tokens.create', { name: text, effects: ['read'] })],
      ['an owner of a token', refused('tokens.create', { name: 'owned', effects: ['read'], owner: text })],
      ['an application', refused('lock.acquire', { ...scope, application: text, message: 'x' })],
      ['an environment', refused('lock.acquire', { ...scope, environment: text, message: 'x' })],
      ['a service', refused('traffic.pause', { ...scope, service: text })],
      ['a secret', refused('secrets.set', { ...scope, name: text, value: 'a value' })],
      ['a key', refused('change.apply', { plan_id: arena.shop.plan, idempotency_key: text })],
      [
        'a host of a route',
        refused('change.plan', {
          manifest: `application: x\nservices: { web: { image: a, port: 1, routes: [{ host: ${JSON.stringify(text)} }] } }`,
        }),
      ],
      [
        'a path of a probe',
        refused('change.plan', {
          manifest: `application: x\nservices: { web: { image: a, port: 1, probe: { path: ${JSON.stringify(`/${text}`)} } } }`,
        }),
      ],
      [
        'a header of a rate limit',
        refused('change.plan', {
          manifest: `application: x\nservices: { web: { image: a, port: 1, traffic: { rate_limit: { requests_per_second: 1, by: { header: ${JSON.stringify(text)} } } } } }`,
        }),
      ],
    ],
    [
      async () => {
        const { status, body } = await arena.ask(
          'tokens.create',
          { name: `fine-${Date.now()}-${Math.random()}`, effects: ['read'] },
          arena.admin,
        );
        return status === 200 ? undefined : body;
      },
    ],
  );
}
