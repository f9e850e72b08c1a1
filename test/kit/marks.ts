// Who of this machine's processes belongs to an engine's home, told by the mark in their environment and by nothing that the engine says.
import { readdir, readFile } from 'node:fs/promises';

export interface MarkedProcess {
  readonly pid: number;
  readonly home: string;
  readonly instance: string;
}

/** Every process that carries an engine's mark; those of other users and those that end meanwhile are left out. */
export async function markedProcesses(): Promise<readonly MarkedProcess[]> {
  const pids = (await readdir('/proc')).filter((one) => /^\d+$/.test(one)).map(Number);
  return (await Promise.all(pids.map(marked))).flat();
}

async function marked(pid: number): Promise<readonly MarkedProcess[]> {
  const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const variables = new Map(text.split('\0').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
  const [home, instance] = [variables.get('CODE_HOME_ID'), variables.get('CODE_INSTANCE')];
  return home === undefined || instance === undefined ? [] : [{ pid, home, instance }];
}
