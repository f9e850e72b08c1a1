// The lines of /proc/net/tcp and tcp6: `sl local_address rem_address st … uid timeout inode …` (Linux, proc_net_tcp.rst).
import { hostOf } from '../process/listen.ts';

export interface SocketRow {
  readonly inode: string;
  readonly state: 'listening' | 'connected';
  readonly local: { readonly host: string; readonly port: number };
  readonly remote: { readonly host: string; readonly port: number };
}

const listen = '0A';
/** ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING: the other end is, or was just now, reached by somebody here. */
const connected = new Set(['01', '02', '04', '05', '08', '09', '0B']);

/** Others – one being accepted, or one that nobody holds any more – are left out. */
export function parseRows(table: string): readonly SocketRow[] {
  return table.split('\n').flatMap((line): readonly SocketRow[] => {
    const fields = line.trim().split(/\s+/);
    const [, local, remote, code] = fields;
    const inode = fields[9];
    const state = code === listen ? 'listening' : connected.has(code ?? '') ? 'connected' : undefined;
    const [here, there] = [endpointOf(local), endpointOf(remote)];
    return state && here && there && inode !== undefined && inode !== '0' ? [{ inode, state, local: here, remote: there }] : [];
  });
}

function endpointOf(text = ''): SocketRow['local'] | undefined {
  const [, address, port] = /^([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4})$/.exec(text) ?? [];
  return address && port ? { host: hostOf(address), port: Number.parseInt(port, 16) } : undefined;
}
