// What a plan marks and says when checks are left out.
import { describe, expect, it } from 'vitest';
import { aService, aTarget } from '../../test/kit/specs.ts';
import { checkWarnings, withoutChecks } from './unchecked.ts';

const unprobed = aService({
  probe: { none: true, interval: 1, timeout: 1, passes: 1, fails: 1, deadline: 1 },
  stop: { drain: 30_000, grace: 10_000 },
});
const [before, after] = [aTarget(aService(), 'v1'), aTarget(aService(), 'v2')];

describe('a deployment without checks', () => {
  it('D-11 marks what is new and leaves the rest as it is', () => {
    const keep = { service: 'db', kind: 'keep', reason: '', from: before, to: before } as const;
    const replace = { service: 'api', kind: 'replace', reason: '', from: before, to: after } as const;
    const marked = withoutChecks([keep, replace]);
    expect(marked).toEqual([keep, { ...replace, to: { ...after, unchecked: true } }]);
    expect(checkWarnings(marked)).toEqual([expect.stringContaining('api goes live without checks')]);
  });
});

describe('a service without checks', () => {
  const [old, fresh] = [aTarget(unprobed, 'v1'), aTarget(unprobed, 'v2')];
  const change = (from: typeof old | undefined, to: typeof old) =>
    ({ service: 'api', kind: 'replace', reason: '', ...(from && { from }), to }) as const;

  it('D-12 costs its users the time between two releases, which the plan tells', () => {
    expect(checkWarnings([change(old, fresh)])).toEqual([expect.stringMatching(/nobody answers for up to 40s/)]);
    expect(checkWarnings([change(old, { ...old, generation: 1 })])).toHaveLength(1);
  });

  it('costs nothing where nothing is replaced', () => {
    const idle = { ...fresh, replicas: 0 };
    expect(checkWarnings([change({ ...old, replicas: 0 }, idle)])).toEqual([expect.stringContaining('one of the new release is started')]);
    expect(checkWarnings([change(fresh, idle)])).toEqual([]);
    expect(checkWarnings([change(undefined, fresh), change(old, { ...old, replicas: 5 }), change({ ...old, replicas: 0 }, fresh)])).toEqual(
      [],
    );
  });
});
