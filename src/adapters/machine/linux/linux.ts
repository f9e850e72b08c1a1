// Facts about the Linux that the engine runs on.
import { diskFacts, networkFacts, processFacts } from '../../../platform/machine/facts.ts';
import type { Machine } from '../../../ports/outside/machine.ts';

export const thisLinux: Machine = { processes: processFacts, disks: diskFacts, network: networkFacts };
