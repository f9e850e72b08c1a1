// Programs of the system that a fault is done with: what one said when it failed.
import { runPiped } from '../process/run.ts';

/** `undefined`: it went well. Rejects with the signal's reason. */
export async function said([command = '', ...args]: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  let text = '';
  try {
    for await (const piece of runPiped({ command, args, cwd: '/', env: searched() }, signal)) {
      if (piece.kind === 'output') text += piece.text;
      else if (piece.code !== 0) return text.trim() || `${command} ended with ${piece.code}`;
    }
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return thrown instanceof Error ? thrown.message : `${command} cannot be started`;
  }
}

/** Where such programs are found, and in which language they speak. */
export function searched(): Readonly<Record<string, string>> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  return { PATH, LC_ALL: 'C' };
}
