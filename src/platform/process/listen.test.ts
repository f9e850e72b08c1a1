// The kernel's table of listeners, read as it is printed, and joined with real sockets.
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listeningPorts, parseTableRow } from './listen.ts';
import { isPortFree } from './ports.ts';
import { readStat } from './proc.ts';

describe('parseTableRow', () => {
  it('reads listeners of both address families and nothing else', () => {
    const v4 =
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0';
    expect(parseTableRow(v4)).toEqual([{ host: '127.0.0.1', port: 8080, inode: '31337' }]);
    expect(parseTableRow(v4.replace(' 0A ', ' 01 '))).toEqual([]);
    const v6 = (address: string) => v4.replace('0100007F', address);
    expect(parseTableRow(v6('00000000000000000000000001000000'))).toMatchObject([{ host: '::1' }]);
    expect(parseTableRow(v6('00000000000000000000000000000000'))).toMatchObject([{ host: '::' }]);
    expect(parseTableRow(v6('0000000000000000FFFF00000100007F'))).toMatchObject([{ host: '127.0.0.1' }]);
    expect(parseTableRow('  sl  local_address rem_address   st')).toEqual([]);
    expect(parseTableRow('')).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('listeningPorts', () => {
  it('finds what this session listens on, and the port is then not free', async () => {
    const one = createServer();
    const port = await new Promise<number>((resolve) =>
      one.listen(0, '127.0.0.1', () => resolve((one.address() as { port: number }).port)),
    );
    try {
      expect(await listeningPorts(readStat(process.pid)?.session ?? 0)).toContainEqual({ host: '127.0.0.1', port });
      expect(await isPortFree(port)).toBe(false);
    } finally {
      await new Promise((resolve) => one.close(resolve));
    }
    expect(await isPortFree(port)).toBe(true);
  });

  it('has nothing to say of a session that is not there', async () => {
    expect(await listeningPorts(2 ** 30)).toEqual([]);
  });
});
