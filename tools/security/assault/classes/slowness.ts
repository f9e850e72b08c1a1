// Those who take their time: heads that come drop by drop, contents that never end, answers that nobody reads. They are cut off, and others notice nothing.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { until } from '../../../../test/kit/until.ts';
import type { Arena } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';

/** Connections of each kind. */
const many = 100;

interface Slow {
  readonly name: string;
  readonly port: number;
  /** What is sent at first, and what is sent again and again. */
  readonly first: string;
  readonly drop: string;
  readonly reads: boolean;
  /** Whether it has to be cut off while we look; otherwise only others must be served. */
  readonly ends: boolean;
}

export const slowness: AttackClass = {
  name: 'slowness',
  pairs: (arena) => kinds(arena).map((one) => pairOf(arena, one)),
};

function kinds(arena: Arena): readonly Slow[] {
  const api = arena.api.port;
  const gateway = arena.gatewayPort;
  const known = `Authorization: Bearer ${arena.admin.secret}\r\nContent-Type: application/json\r\n`;
  const post = `POST /v1/policy.decide HTTP/1.1\r\nHost: 127.0.0.1:${api}\r\n`;
  const slow = { reads: true, ends: true };
  return [
    { name: 'API: heads drop by drop', port: api, first: `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${api}\r\n`, drop: 'X: y\r\n', ...slow },
    { name: 'API: nothing at all', port: api, first: '', drop: '', ...slow },
    { name: 'API: contents drop by drop, without a token', port: api, first: `${post}Content-Length: 100000\r\n\r\n`, drop: ' ', ...slow },
    {
      name: 'API: contents drop by drop, with a token',
      port: api,
      first: `${post}${known}Content-Length: 20000\r\n\r\n`,
      drop: ' ',
      ...slow,
      ends: false,
    },
    {
      name: 'API: answers that nobody reads',
      port: api,
      first: `GET /v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:${api}\r\n\r\n`.repeat(50),
      drop: '',
      reads: false,
      ends: false,
    },
    {
      name: 'API: events that nobody reads',
      port: api,
      first: `GET /v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:${api}\r\n${known}\r\n`,
      drop: '',
      reads: false,
      ends: false,
    },
    { name: 'gateway: heads drop by drop', port: gateway, first: 'GET / HTTP/1.1\r\nHost: attacked.test\r\n', drop: 'X: y\r\n', ...slow },
    { name: 'gateway: nothing at all', port: gateway, first: '', drop: '', ...slow },
    {
      name: 'gateway: contents drop by drop',
      port: gateway,
      first: 'POST / HTTP/1.1\r\nHost: attacked.test\r\nContent-Length: 100000\r\n\r\n',
      drop: 'x',
      ...slow,
      ends: false,
    },
    {
      name: 'gateway: answers that nobody reads',
      port: gateway,
      first: 'GET / HTTP/1.1\r\nHost: attacked.test\r\n\r\n'.repeat(200),
      drop: '',
      reads: false,
      ends: false,
    },
  ];
}

function pairOf(arena: Arena, slow: Slow): Pair {
  let crowd: readonly Socket[] = [];
  const others: Try = async () => {
    const [page, service] = await Promise.all([arena.api.send('GET', '/readyz', {}), fetch(`http://127.0.0.1:${arena.gatewayPort}/quick`)]);
    return page.status === 200 && service.status === 200 ? undefined : `others were answered with ${page.status} and ${service.status}`;
  };
  return {
    name: slow.name,
    attack: async () => {
      crowd = await Promise.all(Array.from({ length: many }, () => begin(slow)));
      const seen = await others();
      if (seen !== undefined || !slow.ends) return seen;
      // However long this machine takes for it: each must have been cut off at last, though more came all the time.
      const dropping = setInterval(() => crowd.forEach((one) => one.writable && one.write(slow.drop)), 1_000);
      const left = await until(
        () => crowd.filter(({ destroyed }) => !destroyed).length,
        (open) => open === 0,
      ).catch(() => crowd.length);
      clearInterval(dropping);
      return left === 0 ? undefined : 'they were not cut off';
    },
    // They may still be there: that is what the others must not notice.
    twin: async () => {
      const seen = await others();
      for (const one of crowd) one.destroy();
      return seen;
    },
  };
}

function begin({ port, first, reads }: Slow): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve(socket));
    socket.once('connect', () => {
      if (reads) socket.resume();
      else socket.pause();
      socket.write(first, 'latin1', () => resolve(socket));
    });
  });
}
