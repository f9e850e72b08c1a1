// What the runtime watch finds is told to the channels that are for it: signed, once, hidden where it is confidential, and again while nobody takes it.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { openWebhooks } from '../../src/adapters/webhooks/http/webhooks.ts';
import { systemClock } from '../../src/base/clock.ts';
import { WatchNotices } from '../../src/engine/watch/notices.ts';
import { openOutside } from '../../src/main/outside/open.ts';
import type { ChannelSettings } from '../../src/main/outside/settings.ts';
import type { EventKind } from '../../src/model/event.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';
import type { Store } from '../../src/ports/store.ts';
import { until } from '../kit/until.ts';
import type { Answering, Peer } from './kit.ts';
import { peer } from './kit.ts';

interface Told {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly severity: string;
  readonly from: string;
}

let directory: string;
let store: Store;
let open: (() => Promise<unknown>)[];
let warnings: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'codectl-notices-'));
  store = openMemoryStore();
  open = [];
  warnings = [];
});
afterEach(async () => {
  for (const close of open.reverse()) await close();
  rmSync(directory, { recursive: true });
});

const told = ({ heard }: Peer): readonly Told[] => heard.map(({ body }) => (JSON.parse(body) as { data: Told }).data);
const append = (kind: EventKind, message: string, severity: string, application = 'shop') =>
  store.commit([
    {
      op: 'append',
      event: { at: 0, kind, application, environment: 'live', service: 'api', message, facts: { severity, finding: 'new_program' } },
    },
  ]);

/** Notices to one channel, which is a real one and answers as it is told to. */
async function notices(wished: Partial<ChannelSettings>, answer: Answering = () => ({ status: 204 })) {
  const hook = await peer(answer);
  const file = join(directory, `url-${open.length}`);
  writeFileSync(file, `${hook.url}/hook`);
  const webhooks = await openWebhooks({ clock: systemClock, keyFile: join(directory, 'key'), outbound: outboundTo([]) });
  const settings = { channels: [{ name: 'ops', kind: 'webhook', url_file: file, ...wished } as ChannelSettings] };
  const channels = openOutside({ clock: systemClock, settings, webhooks }).channels.list();
  const one = new WatchNotices({
    store,
    clock: systemClock,
    random: () => `${Math.random()}`.slice(2).padEnd(20, '0'),
    log: { warn: (_facts, message) => void warnings.push(message) },
    channels,
    hide: (text) => text.replaceAll('canary', '[redacted]'),
    pauses: [1, 1],
  });
  open.push(
    () => hook.close(),
    () => one.stop(),
  );
  return { hook, one, key: webhooks.key };
}

const heard = (hook: Peer, count: number) =>
  until(
    () => told(hook),
    (all) => all.length >= count,
  );

/** Where it begins is known: the store of these tests is in memory, and waits for nobody. */
async function begun(one: WatchNotices): Promise<void> {
  one.start();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('findings of the runtime watch', () => {
  it('are told to a webhook, signed, by the engine, with what is confidential hidden; and their ends', async () => {
    await append('watch.found', 'one before it began', 'critical');
    const { hook, one, key } = await notices({ watch: 'warning' });
    await begun(one);
    await append('watch.found', 'a new program: /tmp/canary', 'critical');
    expect(await heard(hook, 1)).toMatchObject([
      {
        title: 'Runtime watch: shop/live api: a new program: /tmp/[redacted]',
        text: 'shop/live api: a new program: /tmp/[redacted]',
        severity: 'critical',
        from: 'engine:watch',
      },
    ]);
    const [request] = hook.heard;
    const headers: IncomingHttpHeaders = request?.headers ?? {};
    const signed = createHmac('sha256', Buffer.from(key.slice(6), 'base64'));
    const parts = [headers['webhook-id'], headers['webhook-timestamp'], request?.body];
    const expected = signed.update(parts.join('.')).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    await append('watch.cleared', 'no longer: a new program', 'critical');
    expect((await heard(hook, 2)).at(-1)).toMatchObject({ text: 'shop/live api: no longer: a new program', severity: 'info' });
    expect(hook.heard).toHaveLength(2);
  });

  it('go only where somebody wants them: of that place, and as grave as that', async () => {
    const { hook, one } = await notices({ watch: 'warning', application: 'shop' });
    await begun(one);
    await append('watch.found', 'a port', 'notice');
    await append('watch.found', 'a shell', 'critical', 'blog');
    await append('drift.found', 'something else', 'critical');
    await append('watch.found', 'a connection', 'warning');
    expect((await heard(hook, 1)).map(({ text }) => text)).toEqual(['shop/live api: a connection']);
    const silent = await notices({});
    await begun(silent.one);
    await append('watch.found', 'another shell', 'critical');
    await heard(hook, 2);
    expect(silent.hook.heard).toEqual([]);
  });

  it('are told again, as the same notice, until they are taken, and nothing that came meanwhile is lost', async () => {
    let refusals = 2;
    const { hook, one } = await notices({ watch: 'notice' }, () => ({ status: refusals-- > 0 ? 503 : 204 }));
    await begun(one);
    await append('watch.found', 'the first', 'notice');
    await append('watch.found', 'the second', 'warning');
    await append('watch.found', 'the third', 'critical');
    const all = await until(
      () => told(hook),
      (some) => some.some(({ text }) => text.includes('the third')),
    );
    expect(all.some(({ text }) => text.includes('the second'))).toBe(true);
    const first = all.filter(({ text }) => text.includes('the first'));
    expect(new Set(first.map(({ id }) => id)).size).toBe(1);
    expect(first).toHaveLength(3);
    expect(warnings).toEqual([]);
  });

  it('that nobody takes are given up, which the log says, and the next ones are told', async () => {
    let away = true;
    const { hook, one } = await notices({ watch: 'notice' }, () => ({ status: away ? 500 : 204 }));
    await begun(one);
    await append('watch.found', 'the first', 'notice');
    await until(
      () => warnings,
      (all) => all.length > 0,
    );
    expect([warnings, hook.heard.length]).toEqual([
      ['ops was not told what the watch found: "Runtime watch: shop/live api: the first"'],
      3,
    ]);
    away = false;
    await append('watch.found', 'the second', 'notice');
    expect((await heard(hook, 4)).at(-1)?.text).toBe('shop/live api: the second');
  });
});
