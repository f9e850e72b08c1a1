// The kernel's table of listeners, read as it is printed, and joined with real sockets.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listeningPorts, parseTableRow, readListeners } from './listen.ts';
import { isPortFree } from './ports.ts';

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

describe('readListeners', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const row = (port: string, state: string, inode: number) =>
    `   0: 0100007F:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000\n`;

  /** In pieces, as the kernel hands them out; says how many were asked for. */
  function pieces(...texts: string[]) {
    let asked = 0;
    const read = (buffer: Buffer) => buffer.write(texts[asked++] ?? '', 'latin1');
    return { rows: readListeners(read), asked };
  }

  it('reads all listeners, also one that is torn between two pieces', () => {
    const second = row('1F91', '0A', 2);
    const { rows } = pieces(head + row('1F90', '0A', 1) + second.slice(0, 40), second.slice(40));
    expect(rows.map(({ port, inode }) => [port, inode])).toEqual([
      [8080, '1'],
      [8081, '2'],
    ]);
  });

  it('stops at the first connection: of those there may be very many', () => {
    const { rows, asked } = pieces(head + row('1F90', '0A', 1), row('1F91', '0A', 2) + row('1F90', '06', 0), row('1F90', '06', 0));
    expect(rows.map(({ port }) => port)).toEqual([8080, 8081]);
    expect(asked).toBe(2);
  });

  it('has nothing to say of a table without rows', () => {
    expect(pieces(head).rows).toEqual([]);
    expect(pieces().rows).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('listeningPorts', () => {
  const listener = `require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;

  /** A shell that leads a session of its own, with a listener in the background; `last` is what the shell does then. */
  async function session(last: string) {
    const leader = spawn('sh', ['-c', `"$0" -e "$1" & ${last}`, process.execPath, listener], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(leader.stdout, 'data');
    return { leader, pid: leader.pid ?? 0, port: Number(line) };
  }

  it('finds what a session listens on, and the port is then not free', async () => {
    const { leader, pid, port } = await session('wait');
    try {
      expect(await listeningPorts(pid)).toContainEqual({ host: '127.0.0.1', port });
      expect(await listeningPorts(pid, { wanted: port })).toEqual([{ host: '127.0.0.1', port }]);
      expect(await listeningPorts(pid, { known: [process.pid] })).not.toContainEqual({ host: '127.0.0.1', port });
      expect(await isPortFree(port)).toBe(false);
    } finally {
      process.kill(-pid, 'SIGKILL');
      await once(leader, 'exit');
    }
  });

  it('finds it as well when the leader of the session is dead', async () => {
    const { leader, pid, port } = await session('kill -9 $$');
    if (leader.exitCode === null && leader.signalCode === null) await once(leader, 'exit');
    try {
      expect(await listeningPorts(pid)).toContainEqual({ host: '127.0.0.1', port });
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
  });

  it('has nothing to say of a session that is not there', async () => {
    expect(await listeningPorts(2 ** 30)).toEqual([]);
  });
});
