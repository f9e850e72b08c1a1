// Requests at the API of a running daemon, from well-formed ones to noise: each is answered in words or cut off, none with a defect, and it lives on.
import { readFile } from 'node:fs/promises';
import type { Random } from '../../src/base/random.ts';
import type { Seen } from '../security/assault/api.ts';
import type { Token } from '../security/assault/arena.ts';
import { Arena } from '../security/assault/arena.ts';
import { inputFor } from '../security/assault/inputs.ts';
import { speak } from '../security/assault/wire.ts';
import { pieces } from './http-words.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

const quiet = 100;
const affordable = 1_024 * 2 ** 20;
/** What ends the house, or runs programs in it: another program each time would be load and nothing else. */
const spared = /^(?:system\.stop|tokens\.revoke|policy\.set|runtime\.exec|jobs\.(?:command|run)|change\.apply|secrets\.rotate)$/;
/** Each may call a hundred times a second. */
const callers = 30;

const values = [
  'null',
  'true',
  '-1',
  '1e999',
  '0.1',
  '""',
  '"x"',
  '"../.."',
  '"\\u0000"',
  '"\\ud800"',
  '[]',
  '{}',
  '[[[[]]]]',
  '{"__proto__":1}',
  '99999999999999999999',
  '"%s%n"',
  '"${a}"',
  '"shop"',
  '"default"',
  '"sha256:00"',
  '"shop-default-1"',
  '["true"]',
  '"\\u001b[2J"',
  '"2024-01-01T00:00:00Z"',
  '"application: a"',
];
const words = [
  ...pieces,
  ...values,
  '"a":',
  ',',
  '[',
  ']',
  '{',
  '}',
  '\\u0000',
  '\\',
  '&a=b',
  '[]=',
  '&application=',
  'Bearer ',
  'gzip',
  'application/json',
];
const deep = ['[', '{"a":', '[{"a":'];

export async function apiRequests(): Promise<Target> {
  const arena = await Arena.open();
  const tokens = await Promise.all(Array.from({ length: callers }, () => arena.token({ roles: [{ role: 'admin' }] })));
  const operations = arena.operations.filter(({ name }) => !spared.test(name));
  return {
    name: 'api',
    draw: (random) => draw(random, arena, operations, tokens),
    attempt: async (text) => {
      const { text: answer } = await speak(arena.api.port, text, { host: `127.0.0.1:${arena.api.port}`, quiet });
      const defect =
        /(?:^|\r\n|[}\n])HTTP\/1\.1 5\d\d [^]*?\r\n\r\n[^]{0,400}/.exec(answer)?.[0] ?? /"code":"internal"[^]{0,300}/.exec(answer)?.[0];
      return defect ?? arena.fallen();
    },
    conclude: async () => {
      const status = await readFile(`/proc/${arena.house.daemonPid}/status`, 'utf8');
      const resident = 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      return resident < affordable ? undefined : `${Math.round(resident / 2 ** 20)} MiB are resident at the end`;
    },
    close: () => arena[Symbol.asyncDispose](),
  };
}

function draw(random: Random, arena: Arena, operations: readonly Seen[], tokens: readonly Token[]): string {
  const operation = random.pick(operations);
  const head = [
    `Host: 127.0.0.1:${arena.api.port}`,
    `Authorization: Bearer ${random.pick(tokens).secret}`,
    'Content-Type: application/json',
  ];
  const input = drawnInput(random, operation, arena);
  // The daemon's own words are JSON; whoever gets events would never be done.
  if (operation.method === 'GET' || operation.raw) {
    const query = new URLSearchParams(input.map(([key, value]): [string, string] => [key, value.replaceAll('"', '')])).toString();
    const line = `${operation.method} /v1/${operation.name}?${random.chance(0.3) ? mutated(query, random, words) : query}&follow=false HTTP/1.1`;
    return noisy(random, `${line}\r\n${head.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
  }
  const json = random.chance(0.05)
    ? random.pick(deep).repeat(4_000)
    : `{${input.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
  const content = random.chance(0.3) ? mutated(json, random, words) : json;
  const key = random.chance(0.2) ? [`Idempotency-Key: ${mutated('key', random, ['/', '%2F', ' ', 'k'])}`] : [];
  const length = Buffer.byteLength(content, 'latin1');
  return noisy(
    random,
    `POST /v1/${operation.name} HTTP/1.1\r\n${[...head, ...key, `Content-Length: ${length}`].join('\r\n')}\r\n\r\n${content}`,
  );
}

/** Most stay requests, or nothing but the reader of HTTP would be tried. */
function noisy(random: Random, text: string): string {
  return random.chance(0.2) ? mutated(text, random, words) : text;
}

/** What fits, with members changed, missing, or more than there are; values are JSON. */
function drawnInput(random: Random, operation: Seen, arena: Arena): readonly (readonly [string, string])[] {
  const fitting = Object.entries(inputFor(operation, random.chance(0.7) ? arena.shop : arena.mine)).map(
    ([key, value]) => [key, JSON.stringify(value)] as const,
  );
  const optional = Object.keys(operation.schema.properties ?? {}).map((key) => [key, random.pick(values)] as const);
  const more = random.chance(0.5) && optional.length > 0 ? random.many(3, () => random.pick(optional)) : [];
  const kept = fitting
    .filter(() => random.chance(0.9))
    .map(([key, value]) => [key, random.chance(0.15) ? random.pick(values) : value] as const);
  return [...new Map([...kept, ...more])];
}
