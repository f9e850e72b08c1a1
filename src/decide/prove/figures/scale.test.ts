// Figures of scale against replicas whose limits are known.
import { describe, expect, it } from 'vitest';
import { phaseExhibit } from '../../../../test/kit/phases.ts';
import type { ScaleRun, ScaleStep } from '../../../model/proving/scale.ts';
import { uslAt } from '../statistics/usl.ts';
import { scaleFigures } from './scale.ts';

const law = { lambda: 100, alpha: 0.05, beta: 0.01 };
const names = (count: number) => Array.from({ length: count }, (_, index) => `api-${index}`);

function lived(sizes: readonly number[], change: Partial<ScaleRun> = {}): Readonly<Record<string, unknown>> {
  const exhibits: Record<string, unknown> = {};
  const steps = sizes.map((replicas, index): ScaleStep => {
    const exhibit = `phases/${replicas}-${index}.json`;
    const instances = names(replicas);
    const rate = Math.round(uslAt(law, replicas));
    exhibits[exhibit] = phaseExhibit({ name: exhibit, rate, seconds: 10, milliseconds: () => 10, startedAt: index, instances });
    return { kind: 'round', exhibit, replicas, instances, cpu: rate / 100, memory: replicas * 1e6 };
  });
  const most = Math.max(...sizes);
  if (most > 1) {
    const [exhibit, instances] = ['phases/even.json', names(most)];
    exhibits[exhibit] = phaseExhibit({ name: exhibit, rate: 300, seconds: 10, milliseconds: () => 10, startedAt: 99, instances });
    steps.push({ kind: 'even', exhibit, replicas: most, instances, joined: 500 });
  }
  const run: ScaleRun = {
    format: 'scale-run/1',
    profile: 'quick',
    seed: 1,
    service: 'api',
    machine: { cores: 2 },
    steps,
    timed: [
      { what: 'discovery', took: 120, watched: 10_000 },
      { what: 'discovery', took: 310, watched: 10_000 },
      { what: 'scale_up', watched: 60_000 },
    ],
    ...change,
  };
  return { 'scale.json': run, ...exhibits };
}

const read = (exhibits: Readonly<Record<string, unknown>>) => {
  const { figures, unmeasured } = scaleFigures(exhibits);
  return (name: string) => [...figures, ...unmeasured].find((one) => one.id === `scalability.${name}`);
};

describe('figures of scale', () => {
  it('say how the replicas were made', () => {
    const of = read(JSON.parse(JSON.stringify(lived([1, 2, 3, 4, 4, 2, 1, 3]))) as Record<string, unknown>);
    expect(of('efficiency')).toMatchObject({ estimate: expect.closeTo(uslAt(law, 4) / 400, 2), method: 'bootstrap' });
    expect(of('usl.beta')).toMatchObject({ estimate: expect.closeTo(0.01, 2), n: 8 });
    expect(of('usl.r2')).toMatchObject({ estimate: expect.closeTo(1, 2) });
    expect(of('distribution')).toMatchObject({ estimate: expect.closeTo(1, 2), unit: 'share' });
    expect(of('discovery')).toMatchObject({ estimate: 0.31, n: 2, unit: 's' });
    expect(of('scale_up')).toEqual({ id: 'scalability.scale_up', because: 'it did not happen within 60 s' });
    expect(of('scale_down')).toHaveProperty('because', 'no size was changed that way');
    expect(of('autoscale_up')).toHaveProperty('because', expect.stringContaining('"scale"'));
    expect(of('cpu')).toMatchObject({ estimate: 1 });
    expect(of('memory')).toMatchObject({ estimate: 1e6 });
  });

  it('count an instance that got nothing', () => {
    const exhibits = lived([1, 2, 3, 4]);
    const run = exhibits['scale.json'] as ScaleRun;
    const steps = run.steps.map((one) => (one.kind === 'even' ? { ...one, instances: names(5) } : one));
    expect(read({ ...exhibits, 'scale.json': { ...run, steps } })('distribution')).toMatchObject({ estimate: expect.closeTo(0.8, 2) });
  });

  it('refuse what was not measured', () => {
    expect(read({})('efficiency')).toEqual({ id: 'scalability.efficiency', because: 'no scale trial was run' });
    const one = read(lived([1]));
    expect(one('efficiency')).toHaveProperty('because', expect.stringContaining('two sizes'));
    expect(one('distribution')).toEqual({
      id: 'scalability.distribution',
      because: 'no step with more than one replica was below what they can carry',
    });
    expect(scaleFigures(lived([1])).unmeasured).toContainEqual({ id: 'performance.users', because: 'no closed loop was run' });
    expect(read(lived([1, 2, 3]))('usl.beta')).toHaveProperty('because', expect.stringContaining('at least 5'));
    expect(read(lived([1, 2], { stopped: 'the size could not be changed' }))('usl.alpha')).toHaveProperty(
      'because',
      'the size could not be changed',
    );
  });
});
