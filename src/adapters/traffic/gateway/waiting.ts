// Hears at once from every process of the gateway when requests begin to wait for an instance of a service.
import { systemClock } from '../../../base/clock.ts';
import { untilGone } from '../../../platform/local-socket.ts';

/** After a process of the gateway ended, or did not answer. */
const again = 100;

interface Process {
  socketPath(): Promise<string>;
}

/** Calls back with service keys; returns the way to stop it. */
export function hearWaiting(processes: readonly Process[], listener: (service: string) => void): () => void {
  const lifetime = new AbortController();
  for (const process of processes) void listen(process, listener, lifetime.signal);
  return () => lifetime.abort();
}

async function listen(process: Process, listener: (service: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let rest = '';
    const path = await process.socketPath();
    await untilGone(path, '/waiting', signal, (text) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const service of lines) if (!signal.aborted) listener(service);
    });
    await systemClock.sleep(again, signal).catch(() => undefined);
  }
}
