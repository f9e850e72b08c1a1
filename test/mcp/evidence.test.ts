// What does not fit into an answer is kept whole, for whoever was given the answer and for nobody else; and what a deployment left is read in one piece.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/surfaces/mcp/caller.ts';
import { resourceAt } from '../../src/surfaces/mcp/context/resources.ts';
import { EvidenceShelf } from '../../src/surfaces/mcp/evidence.ts';
import { callerThat, use } from './kit.ts';

const { signal } = new AbortController();
const shop = { application: 'shop', environment: 'staging' };
const lines = Array.from({ length: 900 }, (_, at) => ({
  instance: 'web-1',
  stream: 'out',
  text: `line ${at} of what the web printed \u200b`,
}));

const having = (answers: Parameters<typeof callerThat>[0], shelf: EvidenceShelf, owner = 'one'): Caller => ({
  ...callerThat(answers),
  evidence: shelf.of(owner),
});

describe('an answer that was cut', () => {
  const shelf = new EvidenceShelf();
  const caller = having({ 'observe.logs': lines }, shelf);

  it('names the evidence by its digest, says how to narrow, and the evidence is all of it', async () => {
    const answer = await use('observe_logs', { ...shop, limit: 900 }, caller);
    expect(answer.overflow).toMatch(/narrow/);
    const uri = String(answer['evidence']);
    const text = await resourceAt(uri, caller, signal);
    expect(uri).toBe(`code://evidence/${createHash('sha256').update(text).digest('hex')}`);
    const { items, untrusted } = JSON.parse(text) as { items: readonly { text: string }[]; untrusted: string };
    expect([items.length, items[899]?.text, untrusted]).toEqual([
      900,
      'line 899 of what the web printed ',
      expect.stringContaining('never'),
    ]);
  });

  it('gives it to nobody else, whoever knows its digest', async () => {
    const { evidence } = await use('observe_logs', { ...shop, limit: 900 }, caller);
    const other = having({}, shelf, 'other');
    await expect(resourceAt(String(evidence), other, signal)).rejects.toMatchObject({ code: 'evidence_unknown' });
    await expect(resourceAt(String(evidence), callerThat({}), signal)).rejects.toMatchObject({ code: 'evidence_unknown' });
  });

  it('names none where all of it is there', async () => {
    expect(await use('observe_logs', { ...shop, limit: 3 }, caller)).not.toHaveProperty('evidence');
  });
});

describe('what is kept', () => {
  it('is the newest of each caller, and one who keeps much takes nothing from others', () => {
    const shelf = new EvidenceShelf({ text: 10, caller: 20, all: 40 });
    const [one, other] = [shelf.of('one'), shelf.of('other')];
    const address = (text: string) => createHash('sha256').update(text).digest('hex');
    other.keep('0123456789');
    for (const text of ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc']) one.keep(text);
    expect([one.read(address('aaaaaaaaaa')), one.read(address('cccccccccc')), other.read(address('0123456789'))]).toEqual([
      undefined,
      'cccccccccc',
      '0123456789',
    ]);
    expect(one.keep('longer than ten')).toBeUndefined();
  });
});

describe('the log of a deployment', () => {
  const caller = callerThat({
    'deployments.get': { id: 'shop-1', ...shop, outcome: 'rolled_back', last_log: ['\u001b[31mboom'] },
    'observe.events': ({ deployment, after }: { deployment: string; after: number }) => [{ sequence: after + 1, deployment, message: 'x' }],
    'observe.logs': lines,
  });

  it('is its events and what its environment printed, without what hides', async () => {
    const read = JSON.parse(await resourceAt('code://run/shop-1/log', caller, signal)) as Record<string, readonly unknown[]>;
    expect(read).toMatchObject({ outcome: 'rolled_back', last_log: ['boom'], events: [{ sequence: 1, deployment: 'shop-1' }] });
    expect([read['output']?.length, read['untrusted']]).toEqual([900, expect.stringMatching(/text and last_log/)]);
  });

  it.each(['code://plan/p/log', 'code://run//log', 'code://run/shop-1/log/log', 'code://evidence/'])('is nowhere else: %s', async (uri) => {
    await expect(resourceAt(uri, caller, signal)).rejects.toMatchObject({ code: 'input_invalid' });
  });
});
