// Applications that are bad on purpose, asked for real: none of them is certified, and it is told which criterion saw what is wrong.
import type { RequestListener } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { LedgerItem, LedgerWrite } from '../../src/model/proving/ledger.ts';
import type { PhaseExhibit } from '../../src/model/proving/load.ts';
import type { StressRun } from '../../src/model/proving/stress.ts';
import { phaseExhibit } from '../kit/phases.ts';
import type { MadeTrial } from './kit.ts';
import { goodTrials, now, Workplace } from './kit.ts';

interface Asked {
  readonly ok: boolean;
  readonly text: string;
}

/** Asks one after the other: no clock decides what comes of it. */
async function asking<T>(listener: RequestListener, what: (ask: (path: string) => Promise<Asked>) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (path: string) =>
    new Promise<Asked>((resolve) => {
      const sent = request({ port, path, host: '127.0.0.1' }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.once('end', () => resolve({ ok: (answer.statusCode ?? 0) < 400, text }));
      });
      sent.once('error', () => resolve({ ok: false, text: '' }));
      sent.end();
    });
  try {
    return await what(ask);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** A phase of requests that were really made: which of them failed is the application's doing, how long they took is set. */
async function phaseOf(listener: RequestListener, name: string, count = 3_000): Promise<PhaseExhibit> {
  const outcomes = await asking(listener, async (ask) => {
    const all: boolean[] = [];
    for (let at = 0; at < count; at += 1) all.push((await ask('/')).ok);
    return all;
  });
  return phaseExhibit({ name, rate: 500, seconds: count / 500, milliseconds: (n) => (outcomes[n] ? 2 : undefined), startedAt: now });
}

async function words(trials: readonly MadeTrial[]): Promise<{ readonly level: string; readonly of: (id: string) => string | undefined }> {
  await using place = await Workplace.open();
  await place.issue(trials);
  const { word, statement } = await place.verify();
  expect(word).toBe('valid');
  const results = statement?.predicate.results ?? [];
  return { level: statement?.predicate.level ?? '', of: (id) => results.find((one) => one.id === id)?.word };
}

const own = goodTrials.filter(({ kind }) => kind === 'certification');
const loaded = (phase: PhaseExhibit): readonly MadeTrial[] => [
  { id: 'shop-staging-p2', kind: 'load', exhibits: { 'phases/load.json': phase } },
  ...own,
];

describe('an application', () => {
  it('that fails 3 of 100 requests is caught by its errors and its availability; one that does not is not', async () => {
    let count = 0;
    const bad = await words(
      loaded(await phaseOf((_, answer) => void ((answer.statusCode = ++count % 33 === 0 ? 500 : 200), answer.end('x')), 'load')),
    );
    expect([bad.level, bad.of('performance.errors'), bad.of('performance.availability')]).toEqual(['not_certified', 'not_met', 'not_met']);
    const good = await words(loaded(await phaseOf((_, answer) => void answer.end('x'), 'load')));
    expect([good.of('performance.errors'), good.of('performance.availability')]).toEqual(['met', 'met']);
  });

  it('that keeps what it was sent is caught by its memory; one that forgets it is not', async () => {
    const grown = async (keeps: boolean): Promise<StressRun['memory'][number]['samples']> => {
      const kept: string[] = [];
      return asking(
        (_, answer) => {
          if (keeps) kept.push('x'.repeat(50_000));
          answer.end(String(50_000_000 + kept.length * 50_000));
        },
        async (ask) => {
          const samples: [number, number][] = [];
          for (let at = 0; at < 600; at += 1) {
            const { text } = await ask('/');
            if (at % 10 === 0) samples.push([now + at * 1_000, Number(text)]);
          }
          return samples;
        },
      );
    };
    const phase = phaseExhibit({ name: 'moderate', rate: 20, seconds: 300, milliseconds: () => 2, startedAt: now });
    const trial = async (keeps: boolean): Promise<readonly MadeTrial[]> => {
      const run: StressRun = {
        format: 'stress-run/1',
        profile: 'quick',
        seed: 1,
        slo: { p99: 100, errors: 0.01 },
        availability: 0.999,
        search: { start: 100, least: 10, most: 1_000, factor: 1.3, precision: 0.05, confirmations: 1 },
        stair: { rise: 0.1, most: 2.5, falls: 1 },
        steps: [{ kind: 'phase', exhibit: 'phases/moderate.json', phase: 'moderate' }],
        memory: [{ instance: 'api-1', samples: await grown(keeps) }],
      };
      return [{ id: 'shop-staging-p3', kind: 'stress', exhibits: { 'stress.json': run, 'phases/moderate.json': phase } }, ...own];
    };
    const [bad, good] = [await words(await trial(true)), await words(await trial(false))];
    expect([bad.level, bad.of('stress.memory'), good.of('stress.memory')]).toEqual(['not_certified', 'not_met', 'met']);
  });

  it('that loses one write in 1,000 is caught by its lost writes; one that keeps all is not', async () => {
    const ledger = async (loses: boolean) => {
      const found: LedgerItem[] = [];
      let count = 0;
      const writes = await asking(
        ({ url = '' }, answer) => {
          if (!loses || ++count % 1_000 !== 0) found.push({ id: url.slice(1), value: 'v' });
          answer.end('ok');
        },
        async (ask) => {
          const all: LedgerWrite[] = [];
          for (let seq = 0; seq < 2_000; seq += 1) {
            const { ok } = await ask(`/w${seq}`);
            all.push({
              id: `w${seq}`,
              client: 0,
              seq,
              value: 'v',
              invokedAt: now + seq,
              completedAt: now + seq,
              outcome: ok ? 'ok' : 'fail',
            });
          }
          return all;
        },
      );
      const experiment = {
        name: 'null',
        faults: [],
        load: { rate: 100 },
        before: 1_000,
        steady: { success: 0.99, p99: 100, goodput: 0.95, least: 50 },
        recovery: { good: 1_000, within: 30_000, watch: 5_000 },
      };
      const load = phaseExhibit({ name: 'null', rate: 500, seconds: 4, milliseconds: () => 2, startedAt: now });
      const exhibit = {
        format: 'chaos-experiment/1',
        experiment,
        injections: [],
        load,
        ledger: { writes, found, register: [] },
        ended: 'whole',
      };
      return words([{ id: 'shop-staging-p4', kind: 'chaos', exhibits: { 'experiments/null.json': exhibit } }, ...own]);
    };
    const [bad, good] = [await ledger(true), await ledger(false)];
    expect([bad.level, bad.of('chaos.lost'), good.of('chaos.lost')]).toEqual(['not_certified', 'not_met', 'met']);
  });

  it('that never drains is caught by what fails while releases change; one that drains is not', async () => {
    const rolling = async (drains: boolean) => {
      // Every 50th request meets an instance that is being replaced.
      let count = 0;
      const phase = await phaseOf(
        ({ socket }, answer) => void (!drains && ++count % 50 === 0 ? socket.destroy() : answer.end('x')),
        'rollback',
      );
      const moves = [{ deployment: 'shop-staging-3', outcome: 'succeeded', ms: 3_000, live: true }];
      const exhibits = { 'rollback.json': { format: 'rollback/1', moves }, 'phases/rollback.json': phase };
      return words([{ id: 'shop-staging-p1', kind: 'certification', exhibits }]);
    };
    const [bad, good] = [await rolling(false), await rolling(true)];
    expect([bad.level, bad.of('deployment.errors'), good.of('deployment.errors')]).toEqual(['not_certified', 'not_met', 'met']);
    expect(good.of('deployment.rollback')).toBe('met');
  });
});
