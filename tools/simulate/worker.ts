// One of several processes that live through histories: is told a share of the seeds, says what became of it, and asks for the next by that.
import type { Manner } from './live.ts';
import { live } from './live.ts';
import type { Share } from './totals.ts';

export interface Order {
  readonly share: Share;
  readonly manner: Manner;
}

process.on('message', ({ share, manner }: Order) => void answer(share, manner));
// Whoever gave the orders is gone.
process.on('disconnect', () => process.exit());
// A Ctrl-C is for the whole group; the one who gives the orders says when it is over.
process.on('SIGINT', () => undefined);

async function answer(share: Share, manner: Manner): Promise<void> {
  process.send?.(await live(share, manner));
}
