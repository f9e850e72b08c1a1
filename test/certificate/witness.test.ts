// A certification is of one release: another one that comes meanwhile voids it, whatever was measured.
import { expect, it } from 'vitest';
import { Witness } from '../../src/surfaces/cli/certify/witness.ts';

const quiet = { foreign: 0.01, stolen: 0, valid: true };
const sight = (release: string, pid: number) => ({
  daemon: { pid: 1_000 + pid },
  gateway: [{ pid: 2 }],
  services: [{ service: 'api', release, instances: [{ pid }, {}] }],
});

it('leaves a run as it was in which nothing but processes changed, and counts the new ones to it', () => {
  const witness = new Witness(sight('api@1', 11));
  witness.saw(sight('api@1', 12));
  expect(witness.judged(quiet)).toEqual(quiet);
  expect(witness.pids).toEqual([1_011, 2, 11, 1_012, 12]);
});

it.each([
  ['another one', sight('api@2', 12), 'api: api@2'],
  ['none', { ...sight('api@1', 12), services: [] }, 'none'],
])('voids a run in which there was %s for a while', (_, meanwhile, said) => {
  const witness = new Witness(sight('api@1', 11));
  witness.saw(meanwhile);
  witness.saw(sight('api@1', 13));
  expect(witness.judged(quiet)).toEqual({
    ...quiet,
    valid: false,
    because: `another release was there meanwhile: ${said} instead of api: api@1`,
  });
  expect(witness.judged({ ...quiet, valid: false, because: 'busy' }).because).toMatch(/^busy; another release/);
});
