// Starts the daemon in the background for `codectl up`, and tells whether it runs.

import { basename, dirname, join } from 'node:path';
import { placesIn } from '../adapters/traffic/gateway/places.ts';
import { systemClock } from '../base/clock.ts';
import { CodeError, hasCode, lastCodeErrorIn } from '../base/errors.ts';
import { startDaemon } from '../platform/daemonize.ts';
import { ensureDirectory, readFileIfExists } from '../platform/files.ts';
import { answersOnSocket, localSocketPath } from '../platform/local-socket.ts';
import { isAlive, parseIdentity } from '../platform/process/identity.ts';
import type { Launcher } from '../surfaces/cli/launcher.ts';
import type { Home } from './home.ts';
import { homeAt } from './home.ts';
import { daemonCommand } from './programs.ts';

export const launcher: Launcher = {
  isRunning: async (homeFlag, signal) => answers(await socketOf(homeAt(homeFlag, process.env)), signal),

  address: async (homeFlag) => {
    const home = homeAt(homeFlag, process.env);
    const { api } = await readFacts(home.daemon);
    if (api !== undefined) return api;
    throw new CodeError('daemon_unavailable', `No daemon runs for ${home.root}.`, { hint: 'Run "codectl up" to start it.' });
  },

  hasEnded: async (homeFlag) => {
    const { identity } = await readFacts(homeAt(homeFlag, process.env).daemon);
    const known = parseIdentity(identity);
    return known === undefined || !isAlive(known);
  },

  hasLeftovers: async (homeFlag) => {
    for (const place of placesIn(homeAt(homeFlag, process.env).gateway)) {
      const known = parseIdentity((await readFacts(join(place, 'gateway.json'))).identity);
      if (known !== undefined && isAlive(known)) return true;
    }
    return false;
  },

  start: async ({ home: homeFlag, settings }, signal) => {
    const home = homeAt(homeFlag, process.env);
    const socket = await socketOf(home);
    let already = await answers(socket, signal);
    if (!already) {
      await ensureDirectory(home.root);
      const flags = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
      const started = await startDaemon(
        {
          command: [...daemonCommand, '--home', home.root, ...flags],
          environment: process.env,
          logFile: home.daemonLog,
          ready: (wait) => answers(socket, wait),
        },
        signal,
      );
      // Two starts at once: the one that came second is told by the first that it runs.
      if (started.kind === 'ended') already = await answersSoon(socket, home, isBusy(started.stderr), signal);
      if (started.kind === 'ended' && !already) throw startError(started.stderr, home.daemonLog);
    }
    const { pid = 0, api = '' } = await readFacts(home.daemon);
    return { pid, api, already, socket, home: home.root };
  },
};

/** Whether the daemon ended because another of its home runs or is starting. */
function isBusy(lastWords: string): boolean {
  return hasCode(lastCodeErrorIn(lastWords), 'lease_lost');
}

/** Above what its gateway may take; a daemon that ends by itself is not waited for. */
const startWithin = 90_000;
const look = 100;

/**
 * Waits for another daemon of this home that is about to answer; false when there is none. One that is known to start (`busy`) is waited
 * for, though it says who it is only at the end.
 */
async function answersSoon(socket: string, home: Home, busy: boolean, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; waited < startWithin; waited += look) {
    if (await answers(socket, signal)) return true;
    const { identity } = await readFacts(home.daemon);
    const known = parseIdentity(identity);
    if (!busy && waited > 1_000 && (!known || !isAlive(known))) return false;
    await systemClock.sleep(look, signal);
  }
  return false;
}

function answers(socket: string, signal: AbortSignal): Promise<boolean> {
  return answersOnSocket(socket, '/healthz', 2_000, signal);
}

function socketOf({ socket }: Home): Promise<string> {
  return localSocketPath(dirname(socket), basename(socket));
}

interface Facts {
  readonly pid?: number;
  readonly api?: string;
  readonly identity?: unknown;
}

/** A file that was cut short by a full disk says nothing. */
async function readFacts(file: string): Promise<Facts> {
  try {
    const content: unknown = JSON.parse((await readFileIfExists(file)) ?? '{}');
    return typeof content === 'object' && content !== null ? content : {};
  } catch {
    return {};
  }
}

/** The daemon's last word is one JSON line; anything else it said is shown as it is. */
function startError(stderr: string, logFile: string): CodeError {
  return (
    lastCodeErrorIn(stderr) ??
    new CodeError('daemon_unavailable', `The daemon ended while it started: ${stderr.trim() || 'it said nothing'}`, {
      hint: `Read ${logFile}.`,
    })
  );
}
