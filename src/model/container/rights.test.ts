// Every spelling of root is root, and rights that reach the host are told from those that stay in the container.
import { expect, it } from 'vitest';
import { beyondContainer, numbersOf, userParts } from './rights.ts';

it.each([
  ['root', { user: '0' }],
  ['00', { user: '0' }],
  ['+0', { user: '0' }],
  ['-0', { user: '0' }],
  ['toor', { user: '0' }],
  ['000:000', { user: '0', group: '0' }],
  ['1000:0', { user: '1000', group: '0' }],
  ['1000:root', { user: '1000', group: '0' }],
  [':00', { group: '0' }],
  ['', {}],
  ['100:010', { user: '100', group: '010' }],
  ['node', { user: 'node' }],
])('%s', (text, parts) => {
  expect(userParts(text)).toEqual(parts);
});

it.each([
  ['1000', { uid: '1000', gid: '1000' }],
  ['1000:2000', { uid: '1000', gid: '2000' }],
  ['node', undefined],
  ['1000:staff', undefined],
  ['', undefined],
])('%s as numbers', (text, numbers) => {
  expect(numbersOf(text)).toEqual(numbers);
});

it('what container engines give by default stays in the container, ALL and the rest do not', () => {
  expect(beyondContainer(['NET_BIND_SERVICE', 'CHOWN'])).toEqual([]);
  expect(beyondContainer(['ALL', 'CHOWN', 'SYS_ADMIN', 'SYS_MODULE'])).toEqual(['ALL', 'SYS_ADMIN', 'SYS_MODULE']);
});
