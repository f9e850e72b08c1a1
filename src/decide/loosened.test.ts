// What a manifest loosens is said, in whatever spelling, and rights that reach the machine make a plan a high risk.
import { expect, it } from 'vitest';
import { aService, aTarget } from '../../test/kit/specs.ts';
import type { ContainerSpec } from '../model/service.ts';
import { loosenedParts } from './loosened.ts';
import { riskOf } from './plan.ts';

const saidOf = (container: ContainerSpec) => loosenedParts({ services: [aService({ container })] });
const at = 'services.api.container';

it.each([
  ['00', 'it runs as root'],
  ['000:000', 'it runs as root'],
  ['root:1000', 'it runs as root'],
  ['toor', 'it runs as root'],
  ['1000:0', "it is in root's group"],
  ['node', 'it runs as node, which is root where the image says so; a number cannot be'],
])('user: %s', (user, said) => {
  expect(saidOf({ user })).toEqual([`${at}.user: ${said}`]);
});

it('a user and group that are not root loosen nothing', () => {
  expect(saidOf({ user: '1000:1000' })).toEqual([]);
});

it('a capability that reaches the machine is a high risk, one that container engines give by default is not', () => {
  const risk = (container: ContainerSpec, kind: 'create' | 'keep') =>
    riskOf([{ service: 'api', kind, reason: '', to: aTarget(aService({ container }), 'v1') }]);
  expect(risk({ capabilities: ['NET_BIND_SERVICE'] }, 'create')).toBe('low');
  for (const one of ['ALL', 'SYS_ADMIN', 'SYS_MODULE']) expect(risk({ capabilities: ['CHOWN', one] }, 'create')).toBe('high');
  expect(risk({ capabilities: ['ALL'] }, 'keep')).toBe('none');
  expect(saidOf({ capabilities: ['CHOWN', 'SYS_ADMIN'] })).toContain(
    `${at}.capabilities: with SYS_ADMIN it can become root of the machine that it runs on`,
  );
});
