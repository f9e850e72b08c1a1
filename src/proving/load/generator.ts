// The entry of a load generator in a process of its own: told what to send, it sends until it is told to stop, and answers with what it saw.
import { mayRaise, nice, setNice } from '../../platform/process/priority.ts';
import type { TrafficOptions } from './traffic.ts';
import { Traffic } from './traffic.ts';

// Clients elsewhere do not wait for a processor that is busy here.
if (mayRaise()) setNice(process.pid, nice.outside);
process.once('message', (streams: Readonly<Record<string, TrafficOptions>>) => {
  const begun = Object.entries(streams).map(([name, options]) => [name, new Traffic(options)] as const);
  process.once('message', () => void report(begun));
  process.send?.('begun');
});
// Whoever asked is gone.
process.once('disconnect', () => process.exit());

async function report(begun: readonly (readonly [string, Traffic])[]): Promise<void> {
  const reports = await Promise.all(begun.map(async ([name, traffic]) => [name, await traffic.stop()] as const));
  process.send?.(Object.fromEntries(reports));
}
