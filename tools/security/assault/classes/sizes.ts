// Too much of everything: heads, fields, contents, depth, values, names; refused before it is read whole, and it costs no memory that stays.
import { readFile } from 'node:fs/promises';
import type { Arena } from '../arena.ts';
import { gatewaysOf } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';
import { paired } from '../attack.ts';
import { speak, statuses } from '../wire.ts';

const mebibyte = 2 ** 20;
const scope = { application: 'shop', environment: 'default' };
/** Where no other class locks anything, which would be refused for that. */
const unlocked = { application: 'shop', environment: 'elsewhere' };
const chunk = Buffer.alloc(mebibyte, 'a');
/** More than what lies in the system's own buffers on the way. */
const tooMuch = 32 * mebibyte;
/** What a listing of the largest kind may take while it is read, and some room: garbage is collected when the machine finds the time. */
const most = 1_536 * mebibyte;

export const sizes: AttackClass = {
  name: 'size',
  pairs: async (arena) => {
    const before = await memoryOf(arena);
    return [...ofHeads(arena), ...ofContents(arena), ...ofDocuments(arena), ofMemory(arena, before)];
  },
};

function* repeated(head: string, part: Buffer, times: number): Generator<Buffer> {
  yield Buffer.from(head, 'latin1');
  for (let at = 0; at < times; at += 1) yield part;
}

/** Cut off, or refused; never taken to its end. */
function cutOff(port: number, head: string, part: Buffer, times: number): Try {
  return async () => {
    const { text, sent } = await speak(port, repeated(head, part, times));
    const [status = 0] = statuses(text);
    const taken = sent >= part.length * times && sent >= tooMuch;
    return status >= 500 || (status >= 200 && status < 300) || taken ? `${sent} bytes were taken, and answered with ${status}` : undefined;
  };
}

function ofHeads(arena: Arena): readonly Pair[] {
  const doors: readonly (readonly [string, number, string])[] = [
    ['API', arena.api.port, `127.0.0.1:${arena.api.port}`],
    ['gateway', arena.gatewayPort, 'attacked.test'],
  ];
  return doors.flatMap(([door, port, host]) => {
    const start = `GET / HTTP/1.1\r\nHost: ${host}\r\n`;
    const answered =
      (bytes: string): Try =>
      async () => {
        const { text } = await speak(port, bytes, { host });
        return (statuses(text)[0] ?? 0) < 500 && statuses(text).length > 0 && statuses(text)[0] !== 431 ? undefined : text.slice(0, 300);
      };
    return paired(
      [
        [`${door}: a field of 64 MiB`, cutOff(port, `${start}X: `, chunk, 64)],
        [`${door}: a target of 64 MiB`, cutOff(port, 'GET /', chunk, 64)],
        [`${door}: a method of 64 MiB`, cutOff(port, '', chunk, 64)],
        [`${door}: a name of 64 MiB`, cutOff(port, `${start}X`, chunk, 64)],
        [`${door}: 1,000,000 fields`, cutOff(port, start, Buffer.from('X: y\r\n'.repeat(10_000)), 100)],
        [`${door}: 10,000 fields of nothing`, cutOff(port, start, Buffer.from('X:\r\n'.repeat(10_000)), 1)],
        [`${door}: empty lines without end`, cutOff(port, '', Buffer.from('\r\n'.repeat(100_000)), 20)],
        [
          `${door}: an extension of a chunk of 64 MiB`,
          cutOff(
            port,
            `POST /v1/lock.release HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nAuthorization: Bearer ${arena.admin.secret}\r\nTransfer-Encoding: chunked\r\n\r\n1;`,
            chunk,
            64,
          ),
        ],
        [
          `${door}: trailers of 64 MiB`,
          cutOff(
            port,
            `POST /v1/lock.release HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nAuthorization: Bearer ${arena.admin.secret}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: `,
            chunk,
            64,
          ),
        ],
      ],
      [
        answered(`${start}X: ${'a'.repeat(8_000)}\r\n\r\n`),
        answered(`${start}${'X: y\r\n'.repeat(100)}\r\n`),
        answered(`GET /${'a'.repeat(8_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      ],
    );
  });
}

function ofContents(arena: Arena): readonly Pair[] {
  const { port } = arena.api;
  const head = (name: string, ...fields: readonly string[]) =>
    `${[`POST /v1/${name} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${arena.admin.secret}`, ...fields].join('\r\n')}\r\n\r\n`;
  const json = 'Content-Type: application/json';
  const sized = Buffer.concat([Buffer.from(`${mebibyte.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  const fits =
    (text: string): Try =>
    async () => {
      const { status, body } = await arena.api.call(arena.operation('policy.decide'), {}, { token: arena.admin.secret, text });
      return status === 200 ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
    };
  return paired(
    [
      ['a content of 100 MiB that says so', cutOff(port, head('policy.decide', json, `Content-Length: ${100 * mebibyte}`), chunk, 100)],
      ['a content of 100 MiB that does not say so', cutOff(port, head('policy.decide', json, 'Transfer-Encoding: chunked'), sized, 100)],
      [
        'a content of 100 MiB of somebody without a token',
        cutOff(port, head('policy.decide', json, `Content-Length: ${100 * mebibyte}`).replace(arena.admin.secret, 'nobody'), chunk, 100),
      ],
      ['a listing of 100 MiB', cutOff(port, head('artifacts.put_tree', json, `Content-Length: ${100 * mebibyte}`), chunk, 100)],
      [
        'a blob that says it has 2 GiB',
        cutOff(
          port,
          head(
            `artifacts.put_blob?digest=sha256:${'1'.repeat(64)}`,
            'Content-Type: application/octet-stream',
            `Content-Length: ${2 ** 31}`,
          ),
          chunk,
          200,
        ),
      ],
      [
        'a content that is no text',
        cutOff(port, head('policy.decide', json, 'Content-Length: 4', 'Content-Encoding: gzip'), Buffer.from([0x1f, 0x8b, 8, 0]), 1),
      ],
    ],
    [fits('{"operation":"apps.status"}'), fits(`{"operation":"apps.status"${' '.repeat(1_900_000)}}`)],
  );
}

const laughs = (open: string, close: string) =>
  `a: &a0 ${open}x${close}\n${Array.from({ length: 30 }, (_, at) => `b${at}: &a${at + 1} ${open}${Array.from({ length: 10 }, () => `*a${at}`).join(', ')}${close}\n`).join('')}`;
const members = (count: number, of: (at: number) => string) => Array.from({ length: count }, (_, at) => of(at)).join(', ');
const service = 'services: { web: { image: a, port: 1 } }\n';

/** Texts of JSON; what is refused in them is their shape. */
const documents: Readonly<Record<string, () => string>> = {
  'brackets 500,000 deep': () => '['.repeat(500_000),
  'objects 100,000 deep': () => '{"a":'.repeat(100_000),
  'a number of a million digits': () => `{"operation":${'9'.repeat(1_000_000)}}`,
  'a million values': () => `{"operation":[${'1,'.repeat(900_000)}1]}`,
  '100,000 members': () => `{${members(100_000, (at) => `"m${at}":1`)}}`,
};

const manifests: Readonly<Record<string, () => string>> = {
  'a manifest of 1 MiB': () => `application: shop\n#${'x'.repeat(1_000_000)}`,
  'a manifest of brackets': () => '['.repeat(100_000),
  'a manifest that laughs': () => laughs('[', ']'),
  'a manifest that merges without end': () =>
    `x-a: &a { ${members(1_000, (at) => `k${at}: 1`)} }\nservices: { ${members(1_000, (at) => `s${at}: { <<: *a }`)} }`,
  'a manifest with a tag of a program': () => 'application: !!js/function "function () { return 1 }"\n',
};

const inputs: readonly (readonly [string, string, () => object])[] = [
  ['a reason of 100,000 letters', 'lock.acquire', () => ({ ...unlocked, message: 'x'.repeat(100_000) })],
  ['a value of a secret of 1 MiB', 'secrets.set', () => ({ ...scope, name: 'LARGE', value: 'x'.repeat(mebibyte) })],
  ['policies of 1 MiB', 'policy.set', () => ({ text: '//'.padEnd(mebibyte, 'x'), dry_run: true })],
  [
    'conditions 10,000 deep',
    'policy.set',
    () => ({ text: `permit (principal, action, resource) when { ${'('.repeat(10_000)}true${')'.repeat(10_000)} };`, dry_run: true }),
  ],
];

function ofDocuments(arena: Arena): readonly Pair[] {
  const refused =
    (name: string, text: () => string): Try =>
    async () => {
      const { status, body } = await arena.api.call(arena.operation(name), {}, { token: arena.admin.secret, text: text() });
      return status >= 400 && status < 500 ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
    };
  const asManifest = (text: string) => JSON.stringify({ manifest: text });
  const read =
    (text: string): Try =>
    async () => {
      const { code, status, body } = await arena.api.call(
        arena.operation('change.plan'),
        {},
        { token: arena.admin.secret, text: asManifest(text) },
      );
      return status < 500 && code !== 'manifest_unreadable' && code !== 'too_large' ? undefined : body.slice(0, 300);
    };
  return paired(
    [
      ...Object.entries(documents).map(([name, text]) => [name, refused('policy.decide', text)] as const),
      ...Object.entries(manifests).map(([name, text]) => [name, refused('change.plan', () => asManifest(text()))] as const),
      ...inputs.map(([name, operation, input]) => [name, refused(operation, () => JSON.stringify(input()))] as const),
    ],
    [
      read(`application: shop\n${service}`),
      read(`application: shop\n#${'x'.repeat(100_000)}\n${service}`),
      read('x-a: &a { image: a, port: 1 }\napplication: shop\nservices: { web: *a }\n'),
    ],
  );
}

/** Resident, of the daemon and of every process of the gateway, in bytes. */
async function memoryOf({ house }: Arena): Promise<number> {
  const pids = [house.daemonPid, ...(await gatewaysOf(house.home)).split(' ').filter(Boolean).map(Number)];
  const all = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')));
  return all.reduce((sum, text) => sum + 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0), 0);
}

function ofMemory(arena: Arena, before: number): Pair {
  return {
    name: 'memory that all of it took',
    attack: async () => {
      const grown = (await memoryOf(arena)) - before;
      return grown < most ? undefined : `${Math.round(grown / mebibyte)} MiB more than before`;
    },
    twin: async () => {
      const { status, body } = await arena.api.send('GET', '/readyz', {});
      return status === 200 ? undefined : body;
    },
  };
}
