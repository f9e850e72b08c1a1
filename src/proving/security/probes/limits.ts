// Too much, too fast and too slow: what a site does with it, and whether it still answers others meanwhile and afterwards.
import type { ProbeEvidence } from '../../../model/proving/probe.ts';
import type { WireExchange } from '../../../platform/attack/wire.ts';
import type { Ground } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, told, Untried } from '../probe.ts';

const bigField = 256 * 1024;
const bigBody = 32 * 2 ** 20;
const slowClients = 40;
const burst = 60;

export const limits: readonly Probe[] = [
  {
    id: 'limits.fields',
    title: 'A head that is too large is refused, and hurts nobody',
    severity: 'medium',
    cwe: 770,
    remediation: 'Bound the size of a head (8–32 KiB is usual) and answer 431 beyond it.',
    run: async (ground) => {
      const path = mountOf(ground);
      const head = `GET ${path} HTTP/1.1\r\nHost: ${ground.site.host}\r\nConnection: close\r\nX-Big: `;
      const large = await ground.raw({ pieces: [head, 'a'.repeat(bigField), '\r\n\r\n'] });
      return verdictOf(ground, large, `GET ${path} with a field of ${bigField} bytes`, true);
    },
  },
  {
    id: 'limits.body',
    title: 'A body that is too large is refused, and hurts nobody',
    severity: 'medium',
    cwe: 770,
    remediation: 'Bound the size of bodies for each path and answer 413 before reading on.',
    run: async (ground) => {
      const { method, path } = ground.inputs.find((one) => one.method !== 'GET') ?? { method: 'POST', path: mountOf(ground) };
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${ground.site.host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${bigBody}\r\n\r\n"`;
      const chunk = Buffer.alloc(2 ** 20, 'a');
      const large = await ground.raw({ pieces: [head, ...Array.from({ length: 31 }, () => chunk), chunk.subarray(1)] });
      return verdictOf(ground, large, `${method} ${path} with ${bigBody} bytes`, true);
    },
  },
  {
    id: 'limits.slow',
    title: 'Clients that are slow on purpose do not keep others out',
    severity: 'high',
    cwe: 400,
    remediation: 'Bound how long a head may take, and how many connections one address may have; do not give a thread to each.',
    run: slow,
  },
  {
    id: 'limits.rate',
    title: 'How many requests at once are answered before a limit is met',
    severity: 'info',
    cwe: 799,
    remediation: 'Where guessing has to be made hard, give the route a limit of requests.',
    run: rate,
  },
];

function mountOf({ site }: Ground): string {
  return site.mounts[0] ?? '/';
}

/** `swallows`: a 2xx says that all of it was taken. */
async function verdictOf(ground: Ground, { answers: [answer], ended }: WireExchange, request: string, swallows: boolean): Promise<Outcome> {
  const evidence = (because: string): ProbeEvidence => ({
    request,
    answered: answer ? String(answer.status) : ended,
    piece: answer?.reason ?? '',
    because,
  });
  const { found } = ground;
  if (answer && answer.status >= 500 && answer.status !== 501 && answer.status !== 505)
    found.push(evidence('it is an error of the server instead of a refusal'));
  if (answer && swallows && answer.status < 300) found.push(evidence('all of it was taken'));
  const after = await stillThere(ground);
  if (after !== undefined) found.push(evidence(`afterwards the site does not answer any more: ${after}`));
  return judged(found);
}

/** Why not; undefined: it is. */
async function stillThere(ground: Ground): Promise<string | undefined> {
  try {
    const { status } = await ground.ask({ path: mountOf(ground) });
    return status === 502 || status === 503 ? `it says ${status}` : undefined;
  } catch (thrown) {
    if (thrown instanceof Untried) return thrown.message;
    throw thrown;
  }
}

/** While many have begun a head and go on by a line now and then, somebody else comes with an ordinary request. */
async function slow(ground: Ground): Promise<Outcome> {
  const path = mountOf(ground);
  const before = await ground.ask({ path });
  const clients = await ground.slow(slowClients, `GET ${path} HTTP/1.1\r\nHost: ${ground.site.host}\r\n`);
  try {
    for (let round = 0; round < 3; round += 1) {
      clients.drip();
      const late = await stillThere(ground);
      if (late === undefined) continue;
      const request = `${clients.opened} unfinished requests, then GET ${path}`;
      return judged([{ request, answered: 'none', piece: late, because: `alone it was answered with ${before.status}` }]);
    }
  } finally {
    clients.close();
  }
  return judged([]);
}

async function rate(ground: Ground): Promise<Outcome> {
  const path = mountOf(ground);
  const text = `GET ${path} HTTP/1.1\r\nHost: ${ground.site.host}\r\nConnection: close\r\n\r\n`;
  const seen = await Promise.all(Array.from({ length: burst }, () => ground.raw({ pieces: [text] })));
  const refused = seen.filter(({ answers: [one] }) => one?.status === 429 || one?.status === 503).length;
  const silent = seen.filter(({ answers }) => answers.length === 0).length;
  if (silent > 0) throw new Untried(`${silent} of ${burst} requests at once had no answer`);
  return told(refused === 0 ? `${burst} requests at once met no limit` : `${refused} of ${burst} requests at once were refused`);
}
