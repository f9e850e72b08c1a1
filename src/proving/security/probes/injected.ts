// Words that become part of a page, of a question to a database, of a template or of a command line. All that they do is arithmetic.
import type { ProbeEvidence } from '../../../model/proving/probe.ts';
import type { Ground, Injection } from '../ground.ts';
import { apart } from '../injections.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged } from '../probe.ts';
import type { Seen } from '../seen.ts';
import { evidenceOf, isHtml, pieceAround } from '../seen.ts';

const databases =
  /SQL syntax.{0,80}(?:MySQL|MariaDB)|(?:unterminated|unclosed) quot(?:ed string|ation mark)|syntax error at or near|SQLITE_ERROR|near ".{0,20}": syntax error|unrecognized token: "|ORA-\d{5}|SQLSTATE\[|PG::SyntaxError|Microsoft OLE DB|SqlException|MongoServerError|psycopg2\.errors/i;

export const injected: readonly Probe[] = [
  {
    id: 'injection.page',
    title: 'What a client says is not markup in a page',
    severity: 'high',
    cwe: 79,
    remediation: 'Escape &, <, >, " and \' wherever something of the request is written into a page.',
    run: reflected,
  },
  {
    id: 'injection.sql',
    title: 'A quote does not break a question to a database',
    severity: 'critical',
    cwe: 89,
    remediation: 'Give values to statements as parameters, and never as text of the statement.',
    run: database,
  },
  {
    id: 'injection.template',
    title: 'What a client says is not evaluated by a template',
    severity: 'critical',
    cwe: 1336,
    remediation: 'Give what clients say to templates as values, and never as text of the template.',
    run: (ground) =>
      arithmetic(ground, (a, b) => [`{{${a}*${b}}}`, `\${${a}*${b}}`, `#{${a}*${b}}`, `<%= ${a}*${b} %>`, `{${a}*${b}}`, `@(${a}*${b})`]),
  },
  {
    id: 'injection.command',
    title: 'What a client says is not part of a command line',
    severity: 'critical',
    cwe: 78,
    remediation: 'Start programs with a list of arguments, without a shell.',
    run: (ground) =>
      arithmetic(ground, (a, b) => [
        `1;echo $((${a}*${b}))`,
        `1|echo $((${a}*${b}))`,
        `$(expr ${a} \\* ${b})`,
        `1&&echo $((${a}*${b}))`,
        `";echo $((${a}*${b}));"`,
        `';echo $((${a}*${b}));'`,
      ]),
  },
];

async function reflected(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  for (const injection of ground.injections) {
    const tokens = new Map(injection.names.map((name) => [name, ground.token()]));
    const markup = (name: string) => `${tokens.get(name)}'"><i x=1>`;
    const seen = await injection.send(markup);
    if (!isHtml(seen)) continue;
    for (const name of injection.names)
      if (seen.body.includes(`${tokens.get(name)}'"><i x=1>`))
        found.push(evidenceOf(seen, pieceAround(seen.body, tokens.get(name) ?? ''), `${name} stands in the page as markup`));
  }
  return judged(found);
}

/** An error that comes with one quote and goes with two is made by the quote. */
async function database(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  for (const injection of ground.injections) {
    if (!databases.test((await injection.send(() => "1'")).body)) continue;
    for (const one of injection.names.length > 1 ? apart(injection) : [injection]) {
      const broken = await one.send(() => "1'");
      const twin = await one.send(() => '1');
      if (databases.test(broken.body) && !databases.test(twin.body))
        found.push(
          evidenceOf(
            broken,
            pieceAround(broken.body, databases),
            `${one.names[0]} with a quote is an error of a database, and without is none`,
          ),
        );
    }
  }
  return judged(found);
}

/** Each name has factors of its own, so that the product tells which it was; the product stands nowhere in what is sent. */
async function arithmetic(ground: Ground, payloads: (a: number, b: number) => readonly string[]): Promise<Outcome> {
  const { found } = ground;
  for (const injection of ground.injections)
    for (let way = 0; way < payloads(1, 1).length; way += 1)
      found.push(...(await multiply(injection, (a, b) => payloads(a, b)[way] ?? '')));
  return judged(found);
}

async function multiply(injection: Injection, payload: (a: number, b: number) => string): Promise<readonly ProbeEvidence[]> {
  const factors = (shift: number) =>
    new Map(injection.names.map((name, at): [string, readonly [number, number]] => [name, [48_611 + 2 * at + shift, 70_657 + 4 * at]]));
  const send = (own: ReturnType<typeof factors>): Promise<Seen> => injection.send((name) => payload(...(own.get(name) ?? [1, 1])));
  const first = factors(0);
  const seen = await send(first);
  const hits = [...first].filter(([, [a, b]]) => seen.body.includes(String(a * b)));
  if (hits.length === 0) return [];
  // The twin has other factors: whoever computes says the other product.
  const second = factors(1_000);
  const twin = await send(second);
  return hits.flatMap(([name, [a, b]]) => {
    const [c, d] = second.get(name) ?? [0, 0];
    return twin.body.includes(String(c * d))
      ? [evidenceOf(seen, pieceAround(seen.body, String(a * b)), `${name}: ${a} times ${b} was computed`)]
      : [];
  });
}
