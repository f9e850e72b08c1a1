// Asking another system for a number ends with an answer, whatever the plug does.
import { expect, it } from 'vitest';
import { ManualClock } from '../base/manual-clock.ts';
import { askMetric } from './ask.ts';

it('answers that it failed where the plug throws at once, or rejects', async () => {
  const source = { kind: 'webhook', url: 'http://127.0.0.1:1/' } as const;
  const broken = () => {
    throw new Error('broken plug');
  };
  for (const read of [broken, async () => broken()]) {
    const answer = await askMetric({ metrics: { read }, clock: new ManualClock() }, source, new AbortController().signal);
    expect(answer).toEqual({ kind: 'failed', because: 'broken plug' });
  }
});
