// Where the Engine's machine is in a network that does not say it.
import { expect, it } from 'vitest';
import { firstOf } from './address.ts';

it.each([
  ['172.18.0.0/16', '172.18.0.1'],
  ['198.18.7.0/24', '198.18.7.1'],
  ['10.0.255.128/25', '10.0.255.129'],
  ['10.1.2.3/8', '10.0.0.1'],
  ['fd00::/64', undefined],
  ['', undefined],
])('of %j it is %j', (subnet, first) => {
  expect(firstOf(subnet)).toBe(first);
});
