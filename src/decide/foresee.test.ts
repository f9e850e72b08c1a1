// What a plan tells beforehand of verdicts that cannot come, and of changes that reach further than they look.
import { describe, expect, it } from 'vitest';
import { aRelease, aService, aTarget, scope } from '../../test/kit/specs.ts';
import type { ServiceChange } from '../model/plan.ts';
import type { CanaryStrategy } from '../model/rollout/strategy.ts';
import type { ServiceSpec } from '../model/service.ts';
import { sharedDirectoryWarnings, verdictWarnings } from './foresee.ts';
import { decideChanges } from './plan.ts';

const routes = [{ host: '*', path: '/' }];
const warned = (...services: readonly ServiceSpec[]) => verdictWarnings({ ...scope, runtime: 'fake', approval: 'none', services });

function canaryFor(atMost: number, varied: Partial<CanaryStrategy> = {}): CanaryStrategy {
  const analysis = { errors: { worseBy: 0.01 }, confidence: 0.99, atMost, stepAtMost: 120_000 };
  return { kind: 'canary', steps: [0.01, 0.05, 0.2, 0.5, 1].map((weight) => ({ weight })), bake: 0, analysis, ...varied };
}

describe('time for verdicts', () => {
  it('is told to be too short when the early steps may use up all of it', () => {
    const [one, ...others] = warned(aService({ routes, strategy: canaryFor(360_000) }));
    expect(one).toContain('3 steps before the last may take 2m each (step_at_most), which is all of at_most (6m)');
    expect(others).toEqual([]);
    expect(warned(aService({ routes, strategy: canaryFor(360_001) }))).toEqual([]);
  });

  it('counts neither steps where people decide, nor verdicts in the background', () => {
    const steps = [{ weight: 0.05, pause: 'people' }, { weight: 0.2 }, { weight: 0.5 }, { weight: 1 }] as const;
    expect(warned(aService({ routes, strategy: canaryFor(120_001, { steps }) }))).toEqual([]);
    expect(warned(aService({ routes, strategy: canaryFor(120_000, { steps }) }))).toHaveLength(1);
    const background = { errors: { worseBy: 0.01 }, confidence: 0.99, atMost: 1_000, stepAtMost: 120_000, background: true };
    expect(warned(aService({ routes, strategy: canaryFor(0, { analysis: background }) }))).toEqual([]);
  });
});

describe('requests for verdicts', () => {
  it('are missed where nobody is known to ask the service', () => {
    const asked = aService({ strategy: canaryFor(900_000) });
    expect(warned(asked)).toEqual([expect.stringContaining('services.api.strategy: it has no routes and no service needs it')]);
    expect(warned({ ...asked, routes })).toEqual([]);
    expect(warned(asked, aService({ name: 'web', needs: ['api'] }))).toEqual([]);
    expect(warned(aService())).toEqual([]);
    const { analysis: _none, ...plain } = canaryFor(900_000);
    expect(warned(aService({ strategy: plain }))).toEqual([expect.stringContaining('try the new release on nobody')]);
  });
});

describe('one directory for several services', () => {
  it('is told when a change to it replaces them all, and only then', () => {
    const replace = (service: string, directory: string): ServiceChange => {
      const spec = aService({ name: service, source: { kind: 'run', command: ['node'], directory } });
      return { service, kind: 'replace', reason: 'code changed', from: aTarget(spec, 'v1'), to: aTarget(spec, 'v2') };
    };
    expect(sharedDirectoryWarnings([replace('api', './app'), replace('web', './app'), replace('docs', './docs')])).toEqual([
      'api, web are shipped from one directory (./app), so a change for one of them is a new release of all',
    ]);
    expect(sharedDirectoryWarnings([replace('api', './app'), { ...replace('web', './app'), kind: 'keep' }])).toEqual([]);
  });
});

describe('C-22', () => {
  it('a changed variable alone, or the name of a secret alone, is a new release, and the plan says which without its value', () => {
    const before = aService({ env: { LEVEL: 'info' } });
    const live = { scope, runtime: 'fake', services: { api: aTarget(before, 'v1') }, lastNumber: 1, history: [] };
    for (const [after, reason] of [
      [aService({ env: { LEVEL: 'debug' } }), 'env LEVEL changed'],
      [aService({ env: { LEVEL: 'info' }, secrets: ['TOKEN'] }), 'secrets changed'],
    ] as const) {
      const [change] = decideChanges([{ spec: after, release: aRelease(after, 'v1') }], live, () => aRelease(before, 'v1'));
      expect(change).toMatchObject({ kind: 'replace', reason });
    }
    const same = decideChanges([{ spec: before, release: aRelease(before, 'v1') }], live, () => aRelease(before, 'v1'));
    expect(same).toMatchObject([{ kind: 'keep' }]);
  });
});
