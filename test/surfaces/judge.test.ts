// `deploy --analysis-only` on the command line: what it asks, what it prints, and the exit code of each verdict.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FakeDaemon } from './cli-kit.ts';
import { fakeDaemon, Problem, run } from './cli-kit.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.stop());

const judged = (verdict: string) => ({
  verdict,
  services: [
    {
      service: 'api',
      verdict,
      message: 'in numbers',
      metrics: [
        { metric: 'errors', verdict, message: 'errors: 3 of 100', facts: {} },
        { metric: 'lag', verdict: 'fail', message: 'lag: higher', facts: {}, dry_run: true },
      ],
    },
  ],
});

it.each([
  ['pass', 0],
  ['fail', 3],
  ['inconclusive', 5],
] as const)('a %s ends with exit code %i, and deploys nothing', async (verdict, code) => {
  daemon.answers['deployments.judge'] = () => judged(verdict);
  const ran = await run(['deploy', '--analysis-only', 'shop-test-2', '--errors', '2%', '--latency', 'p99=20%'], { home: daemon.home });
  expect(ran).toMatchObject({ code, err: '' });
  expect(ran.out).toContain(`api: ${verdict}: in numbers`);
  expect(ran.out).toContain('dry run, fail  lag: higher');
  expect(daemon.asked.map(({ name, input }) => [name, input])).toEqual([
    ['deployments.judge', { id: 'shop-test-2', errors: '2%', latency: 'p99=20%' }],
  ]);
});

it('says that nothing was measured', async () => {
  daemon.answers['deployments.judge'] = () => new Problem(404, 'evidence_unknown', 'Nothing was measured of shop-test-2.', 'Deploy again.');
  const ran = await run(['deploy', '--analysis-only', 'shop-test-2'], { home: daemon.home });
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('Nothing was measured');
});
