// Requests whose end two readers could see differently, at the gateway (what its instance read tells) and at the API (what it answered).
import { smugglingFor } from '../../../../test/gateway/smuggling.ts';
import type { Arena, Recorded } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';
import { paired } from '../attack.ts';
import { speak, statuses } from '../wire.ts';

export const smuggling: AttackClass = {
  name: 'smuggling',
  pairs: (arena) => [...atGateway(arena), ...atApi(arena)],
};

const host = 'attacked.test';

/** Beyond what is published: whole requests that a lenient reader sees one more in, or takes for another host’s. */
const more: readonly (readonly [string, string])[] = [
  [
    'a second request behind a GET with a length of nothing',
    `GET / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  ],
  [
    'a trailer that poses as a field',
    `POST /a HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\n\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nX-Smuggled: 1\r\n\r\n`,
  ],
  [
    'a field that its own Connection takes away',
    `GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: close, X-Forwarded-For, Host, Content-Length\r\n\r\n`,
  ],
  [
    'a name with an underscore',
    `POST /a HTTP/1.1\r\nHost: ${host}\r\nContent_Length: 3\r\nTransfer_Encoding: chunked\r\nContent-Length: 40\r\n\r\n${'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'.padEnd(40)}`,
  ],
  [
    'an upgrade to h2c',
    `GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ${host}\r\n`,
  ],
  [
    'an upgrade with a content',
    `POST /a HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n\r\nGET /smuggled HTTP/1.1\r\n`,
  ],
  ['an absolute target with a user', `GET http://${host}@other.test/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['an absolute target of another scheme', `GET https://${host}/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['a fragment in the target', `GET /#/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['a target with a CR', `GET /\r/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['Expect with something else', `POST / HTTP/1.1\r\nHost: ${host}\r\nExpect: 200-smuggled\r\nContent-Length: 0\r\n\r\n`],
];

function atGateway(arena: Arena): readonly Pair[] {
  const attacks = [...smugglingFor(host), ...more].map(([name, bytes]) => [`gateway: ${name}`, hidden(arena, bytes)] as const);
  return paired(attacks, harmless(arena));
}

function hidden(arena: Arena, bytes: string): Try {
  return async () => {
    await arena.recorded();
    const { text } = await speak(arena.gatewayPort, bytes, { host });
    const victim = await speak(arena.gatewayPort, `GET /victim HTTP/1.1\r\nHost: ${host}\r\n\r\n`, { host });
    const seen = await arena.recorded();
    const wrong = seen.find(smuggled);
    if (wrong) return `the instance read ${JSON.stringify(wrong)}`;
    if (!victim.text.includes('"url":"/victim"')) return `somebody else was answered with ${victim.text.slice(0, 300)}`;
    return text.includes('"url":"/smuggled"') ? `answered ${text.slice(0, 300)}` : undefined;
  };
}

/** What no instance may ever read behind the gateway. */
function smuggled({ url, fields }: Recorded): boolean {
  const names = fields.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const once = (name: string) => names.filter((one) => one === name).length <= 1;
  const values = fields.filter((_, at) => at % 2 === 1);
  return (
    url.includes('smuggled') ||
    (names.includes('content-length') && names.includes('transfer-encoding')) ||
    names.some((name) => /^(?:content_length|transfer_encoding|x-smuggled|http2-settings)$/.test(name)) ||
    !['content-length', 'transfer-encoding', 'host', 'x-forwarded-for'].every(once) ||
    values.includes('6.6.6.6') ||
    !names.includes('x-forwarded-for')
  );
}

/** Each is answered, and read by the instance as it was meant. */
function harmless(arena: Arena): readonly Try[] {
  const line = (method: string, path: string, more = '') => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  const talk = 'GET /other HTTP/1.1\r\nHost: here\r\n\r\n';
  const whole: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [line('GET', '/one'), [['/one', '']]],
    [
      line('GET', '/one') + line('GET', '/two'),
      [
        ['/one', ''],
        ['/two', ''],
      ],
    ],
    [`${line('POST', '/counted', 'Content-Length: 5\r\n')}hello`, [['/counted', 'hello']]],
    [`${line('POST', '/chunked', 'Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n0\r\n\r\n`, [['/chunked', 'hello']]],
    [`${line('POST', '/extended', 'Transfer-Encoding: chunked\r\n')}5;a=b\r\nhello\r\n0\r\n\r\n`, [['/extended', 'hello']]],
    [`${line('POST', '/trailed', 'Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`, [['/trailed', 'hello']]],
    [line('GET', `http://${host}/absolute`), [['http://attacked.test/absolute', '']]],
    [line('POST', '/talks-of-http', `Content-Length: ${talk.length}\r\n`) + talk, [['/talks-of-http', talk]]],
    [line('DELETE', '/a%2fb?c=d&e'), [['/a%2fb?c=d&e', '']]],
    [line('GET', '/kept', 'Connection: keep-alive\r\nX-Forwarded-For: 6.6.6.6\r\n'), [['/kept', '']]],
  ];
  return whole.map(([bytes, wanted]) => async () => {
    await arena.recorded();
    const { text } = await speak(arena.gatewayPort, bytes, { host });
    const seen = (await arena.recorded()).filter(({ url }) => url !== '/last');
    const read = seen.map(({ url, content }) => [url.replace(`http://${host}`, ''), content]);
    const meant = wanted.map(([url, content]) => [url.replace(`http://${host}`, ''), content]);
    const good = JSON.stringify(read) === JSON.stringify(meant) && statuses(text).every((status) => status === 200) && !seen.some(smuggled);
    return good ? undefined : `read as ${JSON.stringify(seen)}, answered ${text.slice(0, 300)}`;
  });
}

function atApi(arena: Arena): readonly Pair[] {
  const { port } = arena.api;
  const here = `127.0.0.1:${port}`;
  const attacks = smugglingFor(here)
    // What asks for another host is tried elsewhere; of two blanks no reader thinks that a request ends somewhere else.
    .filter(([name]) => !/^(?:a Host with a comma|an absolute target for another host|a request line with two blanks)$/.test(name))
    .map(([name, bytes]): readonly [string, Try] => [
      `API: ${name}`,
      async () => {
        const { text } = await speak(port, bytes, { host: here });
        return text.includes('/smuggled') || statuses(text)[0] === 200 ? text.slice(0, 500) : undefined;
      },
    ]);
  const twin =
    (bytes: string, answers: readonly number[]): Try =>
    async () => {
      const { text } = await speak(port, bytes, { host: here });
      return JSON.stringify(statuses(text).slice(0, answers.length)) === JSON.stringify(answers) ? undefined : text.slice(0, 300);
    };
  const get = `GET /healthz HTTP/1.1\r\nHost: ${here}\r\n\r\n`;
  const key = `Authorization: Bearer ${arena.admin.secret}\r\nContent-Type: application/json\r\n`;
  const post = `POST /v1/policy.decide HTTP/1.1\r\nHost: ${here}\r\n${key}`;
  const body = '{"operation":"apps.status"}';
  return paired(attacks, [
    twin(get, [200]),
    twin(get + get, [200, 200]),
    twin(`${post}Content-Length: ${body.length}\r\n\r\n${body}${get}`, [200, 200]),
    twin(`${post}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n${get}`, [200, 200]),
  ]);
}
