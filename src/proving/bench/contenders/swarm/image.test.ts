// What an image needs of the machine, read from what its own tool says.
import { expect, it } from 'vitest';
import { librariesIn } from './image.ts';

it('takes the files that ldd names and the loader, not the programs, nor what the kernel provides', () => {
  const said = `/usr/bin/node:
\tlinux-vdso.so.1 (0x00007f8e37a93000)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f8e37a7d000)
\tlibmissing.so.1 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f8e37a95000)
/usr/sbin/haproxy:
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f0000000000)
`;
  expect([...new Set(librariesIn(said))]).toEqual(['/lib/x86_64-linux-gnu/libdl.so.2', '/lib64/ld-linux-x86-64.so.2']);
});
