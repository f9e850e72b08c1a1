// One of several processes that live through histories: is told a share of the seeds, says what became of it, and asks for the next by that.
import { live } from './live.ts';
import type { Share } from './totals.ts';

export interface Order {
  readonly share: Share;
  readonly shortest: boolean;
}

process.on('message', ({ share, shortest }: Order) => void answer(share, shortest));
// Whoever gave the orders is gone.
process.on('disconnect', () => process.exit());
// A Ctrl-C is for the whole group; the one who gives the orders says when it is over.
process.on('SIGINT', () => undefined);

async function answer(share: Share, shortest: boolean): Promise<void> {
  process.send?.(await live(share, shortest));
}
