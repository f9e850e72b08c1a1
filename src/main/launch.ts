// Starts the daemon in the background for `codectl up`, and tells whether it runs.

import type { ErrorCode } from '../base/errors.ts';
import { CodeError, errorCodes } from '../base/errors.ts';
import { answersOnSocket, startDaemon } from '../platform/daemonize.ts';
import { ensureDirectory, readFileIfExists } from '../platform/files.ts';
import type { Launcher } from '../surfaces/cli/launcher.ts';
import { homeAt } from './home.ts';
import { daemonCommand } from './programs.ts';

export const launcher: Launcher = {
  isRunning: (homeFlag, signal) => answersOnSocket(homeAt(homeFlag, process.env).socket, signal),

  start: async ({ home: homeFlag, settings }, signal) => {
    const home = homeAt(homeFlag, process.env);
    const already = await answersOnSocket(home.socket, signal);
    if (!already) {
      await ensureDirectory(home.root);
      const flags = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
      const started = await startDaemon(
        {
          command: [...daemonCommand, '--home', home.root, ...flags],
          environment: process.env,
          logFile: home.daemonLog,
          ready: (wait) => answersOnSocket(home.socket, wait),
        },
        signal,
      );
      if (started.kind === 'ended') throw startError(started.stderr, home.daemonLog);
    }
    const facts = await readFacts(home.daemon);
    return { ...facts, already, socket: home.socket, home: home.root };
  },
};

async function readFacts(file: string): Promise<{ readonly pid: number; readonly api: string }> {
  const content: unknown = JSON.parse((await readFileIfExists(file)) ?? '{}');
  const { pid = 0, api = '' } = content as { pid?: number; api?: string };
  return { pid, api };
}

/** The daemon's last word is one JSON line; anything else it said is shown as it is. */
function startError(stderr: string, logFile: string): CodeError {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  try {
    const said = JSON.parse(line) as { code: ErrorCode; message: string; hint?: string };
    if (said.code in errorCodes) return new CodeError(said.code, said.message, { hint: said.hint });
  } catch {
    // Not ours: shown below.
  }
  return new CodeError('daemon_unavailable', `The daemon ended while it started: ${stderr.trim() || 'it said nothing'}`, {
    hint: `Read ${logFile}.`,
  });
}
