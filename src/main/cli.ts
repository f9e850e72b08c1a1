// The CLI's entry: gives it the world, and what only this folder can make.

import { Ended } from '../surfaces/cli/host.ts';
import { runCli } from '../surfaces/cli/run.ts';
import { homeAt } from './home.ts';

const ending = new AbortController();

// A terminal that closes and a supervisor that stops us mean the same as Ctrl-C: what was begun, such as the engines of a bench, is ended with us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // Somebody who presses it twice does not want to wait for an orderly end.
    if (ending.signal.aborted) process.exit(130);
    ending.abort(new Ended('interrupted'));
  });
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    ending.abort(new Ended('unread'));
  });

process.exitCode = await runCli({
  arguments: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  directory: process.cwd(),
  signal: ending.signal,
  home: (flag) => homeAt(flag, process.env),
  launcher: async () => (await import('./launch.ts')).launcher,
  benches: async () => (await import('./bench.ts')).benches,
  proving: async () => (await import('./prove/proving.ts')).proving,
  certifying: async () => (await import('./prove/certifying.ts')).certifying,
  renderers: async () => (await import('./runtimes/render.ts')).renderers,
  mcp: async () => (await import('./mcp/stdio.ts')).mcpProgram,
  version: async () => (await import('./version.ts')).version,
});
