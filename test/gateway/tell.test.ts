// Load of this machine may ask who answered it; nobody learns it by accident, and no application can say it in the gateway's place.
import { expect, test } from 'vitest';
import { fieldOf, lastFieldOf } from '../../src/platform/load/head.ts';
import { aGateway, anUpstream, aService, ask, aTable, at } from './kit.ts';

test('who asks from this machine is told release and instance, each time anew, and the application does not see that it was asked', async () => {
  const heard: unknown[] = [];
  const app = await anUpstream((request, response) => {
    heard.push(request.headers['x-code-tell']);
    response.setHeader('x-code-instance', 'somebody-else');
    response.end('ok');
  });
  const { gateway, port } = await aGateway();
  await gateway.apply(aTable(1, [aService({ v7: [1, [at(app.port)]] })]));
  const [{ instance }] = [at(app.port)];
  const told = await ask(port, { headers: { 'x-code-tell': 'instance' } });
  expect(told.headers['x-code-release']).toBe('v7');
  expect(String(told.headers['x-code-instance'])).toMatch(new RegExp(`, ${instance}$`));
  const unasked: readonly Record<string, string>[] = [
    {},
    { 'x-code-tell': 'all' },
    { 'x-code-tell': 'instance', 'x-forwarded-for': '192.0.2.1' },
  ];
  for (const headers of unasked) expect((await ask(port, { headers })).headers['x-code-release']).toBeUndefined();
  expect(heard).toEqual([undefined, undefined, undefined, undefined]);
});

test('of two such fields the last one is the gateway’s', () => {
  const head = 'HTTP/1.1 200 OK\r\nX-Code-Instance: theirs\r\nDate: now\r\nx-code-instance: ours\r\nVary: *';
  expect(fieldOf(head, 'x-code-instance')).toBe('theirs');
  expect(lastFieldOf(head, 'x-code-instance')).toBe('ours');
  expect(lastFieldOf(head, 'x-code-release')).toBeUndefined();
});
