// The network of this machine is never cut, whoever has the number of a container.
import { expect, it } from 'vitest';
import { cutNetwork, names, wholeNetwork } from './namespace.ts';

it.each([
  ['a process of this machine', process.pid],
  ['a process that is gone', 2 ** 22],
])('cuts no network of %s', async (_, pid) => {
  for (const cut of [wholeNetwork, names])
    expect(await cutNetwork(pid, cut, 1, new AbortController().signal)).toBe('it is gone, or shares the network of this machine');
});
