// The entry of a generator's process: told a phase, it sends its part of it and says what it saw.
import { mayRaise, nice, setNice } from '../../../platform/process/priority.ts';
import type { Order, Told } from './orders.ts';
import { PhaseRun } from './phase-run.ts';

// Clients elsewhere do not wait for a processor that is busy here.
if (mayRaise()) setNice(process.pid, nice.outside);

let running: PhaseRun | undefined;

process.on('message', (order: Order) => {
  if (order.kind === 'stop') return running?.stop();
  running = new PhaseRun(order, (glance) => tell({ kind: 'glance', glance }));
  void finish(running);
});
// Whoever asked is gone.
process.once('disconnect', () => process.exit());
process.send?.('ready');

async function finish(run: PhaseRun): Promise<void> {
  const part = await run.run();
  running = undefined;
  tell({ kind: 'part', part });
}

function tell(told: Told): void {
  process.send?.(told);
}
