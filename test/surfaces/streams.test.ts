// Streams over real sockets: formats, resuming, signs of life, readers that are slow or leave, failures on the way.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Served } from './kit.ts';
import { goodToken, serve } from './kit.ts';

const bearer = { authorization: `Bearer ${goodToken}` };
let served: Served;
beforeAll(async () => {
  served = await serve({ heartbeat: 30 });
});
afterAll(() => served.stop());

/** Reads until the text contains `mark`, then leaves. */
async function readUntil(path: string, mark: string, headers: Record<string, string> = {}): Promise<{ head: Headers; text: string }> {
  const leave = new AbortController();
  const response = await fetch(`${served.url}${path}`, { headers: { ...bearer, ...headers }, signal: leave.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(mark)) break;
  }
  leave.abort();
  return { head: response.headers, text };
}

describe('formats', () => {
  it('sends JSON lines unless asked for events', async () => {
    const response = await fetch(`${served.url}/v1/observe.events?until=2`, { headers: bearer });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(await response.text()).toBe('{"sequence":1,"message":"event 1"}\n{"sequence":2,"message":"event 2"}\n');
  });

  it('sends server-sent events with their numbers as ids', async () => {
    const response = await fetch(`${served.url}/v1/observe.events?until=1`, { headers: { ...bearer, accept: 'text/event-stream' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe('id: 1\ndata: {"sequence":1,"message":"event 1"}\n\n');
  });

  it('goes on after the last event that was seen', async () => {
    const response = await fetch(`${served.url}/v1/events?until=3`, { headers: { ...bearer, 'last-event-id': '2' } });
    expect(await response.text()).toBe('id: 3\ndata: {"sequence":3,"message":"event 3"}\n\n');
  });

  it.each(['observe.events', 'endpoints.watch'])('%s can be resumed by its own name, too', async (name) => {
    const headers = { ...bearer, accept: 'text/event-stream', 'last-event-id': '6' };
    const { text } = await readUntil(`/v1/${name}`, 'data', headers);
    expect(text).toMatch(/^id: 7\ndata: \{"sequence":7/);
  });

  it('refuses before the head is sent', async () => {
    const response = await fetch(`${served.url}/v1/observe.events?after=soon`, { headers: bearer });
    expect([response.status, response.headers.get('content-type')]).toEqual([400, expect.stringMatching(/^application\/problem\+json\b/)]);
    expect((await fetch(`${served.url}/v1/events`)).status).toBe(401);
  });
});

describe('while it runs', () => {
  it('gives signs of life when nothing happens', async () => {
    expect((await readUntil('/v1/events', ': still here')).text).toMatch(/event 3"\}\n\n: still here\n\n$/);
  });

  it('ends the operation when the reader leaves', async () => {
    const before = served.witness.ended.length;
    await readUntil('/v1/events', 'event 3');
    await vi.waitFor(() => expect(served.witness.ended.length).toBeGreaterThan(before), { timeout: 180_000 });
  });

  it('waits for a reader that does not read', async () => {
    const { hostname, port } = new URL(served.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(`GET /v1/observe.events?payload=100000 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${goodToken}\r\n\r\n`);
    // The socket's buffers take some megabytes; then the sequence must stand still.
    let last = -1;
    await vi.waitFor(
      () => {
        const stood = served.witness.produced > 3 && served.witness.produced === last;
        last = served.witness.produced;
        expect(stood).toBe(true);
      },
      { timeout: 180_000, interval: 250 },
    );
    expect(last).toBeLessThan(500);
    socket.destroy();
    await vi.waitFor(() => expect(served.witness.ended.length).toBeGreaterThan(0), { timeout: 180_000 });
  });

  it('tells a failure on the way as the last line', async () => {
    const own = await serve();
    try {
      const { request } = await import('node:http');
      const text = await new Promise<string>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const call = request({ socketPath: own.socket, method: 'POST', path: '/v1/things.run', headers }, async (response) =>
          resolve((await response.toArray()).join('')),
        );
        call.on('error', reject);
        call.end('{"lines":1}');
      });
      const [first, second] = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(first).toEqual({ line: 1 });
      expect(second).toEqual({ problem: expect.objectContaining({ code: 'instance_unknown', hint: 'Look at codectl status.' }) });
      expect(own.warnings).toEqual(['a stream ended early: The instance went away.']);
    } finally {
      await own.stop();
    }
  });

  it('ends when the surface closes', async () => {
    const own = await serve();
    const response = await fetch(`${own.url}/v1/events`, { headers: bearer });
    const text = response.text();
    await own.stop();
    expect(await text).toContain('event 3');
  });
});
