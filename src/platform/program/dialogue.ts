// A program that is spoken to line by line over its standard input and output, for as long as we want it: it leads a group of its own, which ends when we do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Bytes } from '../../base/units.ts';
import { identityOf } from '../process/identity.ts';
import type { PipedCommand } from '../process/run.ts';
import { killGroup } from '../process/signal.ts';
import { refuseWords, spawnError } from '../process/spawn.ts';

export interface Dialogue {
  readonly pid: number;
  /** One line, without its end. */
  say(line: string): void;
  /** SIGKILL to its whole group: whatever it is doing nobody waits for. */
  end(): void;
}

export interface Hearing {
  line(text: string): void;
  /** Once, also when we ended it; what it said last may be missing. */
  ended(because: string): void;
}

export interface DialogueLimits {
  /** Characters of one line of it, and bytes that it has not read of ours. */
  readonly line: number;
  readonly unread: Bytes;
}

/** What it says on its standard error is not kept. Errors: `source_missing`, `runtime_unavailable`, `input_invalid`. */
export async function startDialogue(wanted: PipedCommand, limits: DialogueLimits, hear: Hearing): Promise<Dialogue> {
  const { command, args, cwd, env } = wanted;
  refuseWords(wanted);
  const child = spawn(command, [...args], { cwd, env: { ...env }, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const pid = child.pid ?? 0;
  let over = false;
  const kill = (): void => {
    // Once it was collected, whoever has its pid now is a stranger; without one, the group is what it left behind.
    const collected = child.exitCode !== null || child.signalCode !== null;
    if (pid > 0 && !(collected && identityOf(pid))) killGroup(pid);
  };
  const end = (because: string): void => {
    kill();
    if (over) return;
    over = true;
    process.off('exit', kill);
    hear.ended(because);
  };
  process.once('exit', kill);
  child.once('exit', (code, signal) => end(code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`));
  child.stdin.on('error', () => undefined);
  let held = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines.map((one) => one.replace(/\r$/, ''))) {
      if (over) return;
      if (line.length > limits.line) return end(`said a line of more than ${limits.line} characters`);
      if (line !== '') hear.line(line);
    }
    if (held.length > limits.line) end(`said a line of more than ${limits.line} characters`);
  });
  await once(child, 'spawn').catch((thrown: unknown) => {
    over = true;
    process.off('exit', kill);
    throw spawnError(thrown, command, cwd);
  });
  return {
    pid,
    say: (line) => {
      if (over) return;
      child.stdin.write(`${line}\n`);
      if (child.stdin.writableLength > limits.unread) end('does not read what it is told');
    },
    end: () => end('was ended'),
  };
}
