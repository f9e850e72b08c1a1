// Telling people: each kind of channel speaks to a peer that takes only what the real one takes, and what stands in a message stays text.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmail } from '../../src/adapters/channels/email/email.ts';
import { openWebhooks } from '../../src/adapters/webhooks/http/webhooks.ts';
import { systemClock } from '../../src/base/clock.ts';
import { openOutside } from '../../src/main/outside/open.ts';
import type { ChannelSettings } from '../../src/main/outside/settings.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';
import { anAuthority, day } from '../tls/kit.ts';
import type { Answering, Peer } from './kit.ts';
import { peer } from './kit.ts';
import type { MailOptions, MailServer } from './mail-server.ts';
import { mailServer } from './mail-server.ts';

const { signal } = new AbortController();
const said = { title: 'Rolled <back> & "held"', text: 'see\n*why* <!channel>', severity: 'critical', from: 'agent:helper' } as const;
let directory: string;
let open: (Peer | MailServer)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'codectl-channels-'));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  rmSync(directory, { recursive: true });
});

async function listening(answer: Answering): Promise<Peer> {
  const found = await peer(answer);
  open.push(found);
  return found;
}

async function booked(kind: 'slack' | 'teams' | 'webhook', url: string) {
  const file = join(directory, 'url');
  writeFileSync(file, `${url}\n`);
  const webhooks = await openWebhooks({ clock: systemClock, keyFile: join(directory, 'key'), outbound: outboundTo([]) });
  const channels: ChannelSettings[] = [{ name: 'ops', kind, url_file: file }];
  return { book: openOutside({ clock: systemClock, settings: { channels }, webhooks }).channels, key: webhooks.key };
}

describe('a channel of Slack', () => {
  it('gets blocks of plain text, in which nobody is mentioned, with who sends them', async () => {
    const slack = await listening(({ method, path }) =>
      method === 'POST' && path === '/services/T/B/x' ? { status: 200, body: 'ok' } : undefined,
    );
    const { book } = await booked('slack', `${slack.url}/services/T/B/x`);
    const { id } = await book.send('ops', said, signal);
    const [heard] = slack.heard;
    const { text, blocks } = JSON.parse(heard?.body ?? '') as {
      text: string;
      blocks: { type: string; text?: object; elements?: object[] }[];
    };
    expect([heard?.headers['content-type'], text]).toEqual(['application/json', 'Rolled &lt;back&gt; &amp; "held"']);
    expect(blocks.map((one) => one.text ?? one.elements?.[0])).toEqual([
      { type: 'plain_text', text: said.title, emoji: false },
      { type: 'plain_text', text: said.text, emoji: false },
      { type: 'plain_text', text: `critical · by agent:helper through CODE · ${id}`, emoji: false },
    ]);
  });

  it('that does not take it is told, without its address', async () => {
    const slack = await listening(() => ({ status: 403, body: 'invalid_token' }));
    const { book } = await booked('slack', `${slack.url}/services/secret`);
    const error = await book.send('ops', said, signal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'outside_unavailable', message: 'Nothing was sent to ops: it answered 403.' });
    expect(String(error)).not.toContain('secret');
  });
});

describe('a channel of Teams', () => {
  it('gets an Adaptive Card whose texts are no Markdown', async () => {
    const teams = await listening(({ method }) => (method === 'POST' ? { status: 202 } : undefined));
    const { book } = await booked('teams', `${teams.url}/workflows/x`);
    await book.send('ops', said, signal);
    const { type, attachments } = JSON.parse(teams.heard[0]?.body ?? '') as {
      type: string;
      attachments: { contentType: string; content: { body: { type: string; inlines: { text: string }[] }[] } }[];
    };
    const [card] = attachments;
    expect([type, card?.contentType]).toEqual(['message', 'application/vnd.microsoft.card.adaptive']);
    expect(card?.content.body.map((one) => [one.type, one.inlines[0]?.text])).toEqual([
      ['RichTextBlock', said.title],
      ['RichTextBlock', said.text],
      ['RichTextBlock', expect.stringContaining('by agent:helper')],
    ]);
  });
});

describe('a signed webhook', () => {
  it('can be verified by whoever has the key', async () => {
    const receiver = await listening(() => ({ status: 204 }));
    const { book, key } = await booked('webhook', `${receiver.url}/hook`);
    const { id } = await book.send('ops', said, signal);
    const [heard] = receiver.heard;
    const signed = [heard?.headers['webhook-id'], heard?.headers['webhook-timestamp'], heard?.body].join('.');
    const mac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'))
      .update(signed)
      .digest('base64');
    expect(heard?.headers['webhook-signature']).toBe(`v1,${mac}`);
    expect(JSON.parse(heard?.body ?? '')).toMatchObject({ type: 'notice', data: { id, ...said } });
  });
});

describe('mail', () => {
  const people = { from: 'code@example.org', to: ['ann@example.org', 'bob@example.org'] };

  async function served(options: MailOptions): Promise<MailServer> {
    const server = await mailServer(options);
    open.push(server);
    return server;
  }
  const channelTo = ({ port }: MailServer, more: Partial<Parameters<typeof openEmail>[0]> = {}) =>
    openEmail({
      name: 'mail',
      host: '127.0.0.1',
      port,
      tls: 'never',
      ...people,
      password: async () => undefined,
      outbound: outboundTo([]),
      ...more,
    });
  const notice = { ...said, id: 'n-1', at: 0, title: 'Grüße\r\nBcc: evil@example.org', text: `.\r\n.\r\nQUIT\n${'ä'.repeat(3_000)}` };

  it('is one message to all, whose title and text cannot be taken for anything else', async () => {
    const server = await served({});
    await channelTo(server).send(notice, signal);
    expect(server.complaints).toEqual([]);
    const [mail] = server.received;
    expect(mail).toMatchObject({ ...people, secure: false });
    const [head = '', ...rest] = mail?.message.split('\r\n\r\n') ?? [];
    expect(head).not.toMatch(/^Bcc/m);
    const subject = Array.from(head.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g), ([, word = '']) =>
      Buffer.from(word, 'base64').toString('utf8'),
    ).join('');
    expect(subject).toBe('Grüße Bcc: evil@example.org');
    expect(Buffer.from(rest.join(''), 'base64').toString('utf8')).toBe(
      `${notice.text}\n\n-- \ncritical, by agent:helper through CODE (n-1)\n`,
    );
  });

  it.each(['PLAIN LOGIN', 'LOGIN'])('logs in over TLS only, by %s', async (ways) => {
    const authority = await anAuthority();
    const { certificate, key } = await authority.serve(['localhost'], day);
    const login = { user: 'code', password: 'pässword', ways };
    const server = await served({ tls: { cert: certificate, key }, login });
    const more = { tls: 'starttls', host: 'localhost', ca: authority.certificate, user: 'code', password: async () => 'pässword' } as const;
    await channelTo(server, more).send(notice, signal);
    expect([server.complaints, server.received.map(({ secure, user }) => [secure, user])]).toEqual([[], [[true, 'code']]]);
    const wrong = channelTo(server, { ...more, password: async () => 'other' }).send(notice, signal);
    await expect(wrong).rejects.toMatchObject({ code: 'outside_unavailable', message: expect.stringContaining('535') });
  });

  it('is not sent to whom nobody vouches for, nor without the TLS that was wanted, nor elsewhere in the clear', async () => {
    const authority = await anAuthority();
    const { certificate, key } = await authority.serve(['localhost'], day);
    const server = await served({ tls: { cert: certificate, key } });
    const plain = await served({});
    const refused = async (channel: ReturnType<typeof channelTo>) =>
      (await channel.send(notice, signal).catch((thrown: Error) => thrown.message)) ?? 'sent';
    expect(await refused(channelTo(server, { tls: 'starttls', host: 'localhost' }))).toMatch(/certificate|self-signed|verify/i);
    expect(await refused(channelTo(plain, { tls: 'starttls' }))).toMatch(/offers no TLS/);
    expect(await refused(channelTo(plain, { host: 'mail.example.org' }))).toMatch(/not this machine/);
    const smuggling = await served({ tls: { cert: certificate, key }, smuggle: '250 AUTH PLAIN\r\n' });
    expect(await refused(channelTo(smuggling, { tls: 'starttls', host: 'localhost', ca: authority.certificate }))).not.toBe('sent');
    expect([server.received, plain.received, smuggling.received]).toEqual([[], [], []]);
  });

  it('that a receiver has no box for is told', async () => {
    const server = await served({ refuse: ['bob@example.org'] });
    await expect(channelTo(server).send(notice, signal)).rejects.toMatchObject({ message: expect.stringContaining('550') });
    expect(server.received).toEqual([]);
  });
});
