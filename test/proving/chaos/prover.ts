// A program that breaks one instance and waits: for tests that kill it in the middle. `node prover.ts HOME FAULT(json)`
import { homeAt } from '../../../src/main/home.ts';
import { guarded } from '../../../src/main/prove/guarded.ts';
import type { PlannedFault } from '../../../src/model/proving/experiment.ts';
import { injectAll } from '../../../src/proving/chaos/inject.ts';
import type { ChaosTarget } from '../../../src/proving/chaos/site.ts';

const [root = '', planned = '', target = ''] = process.argv.slice(2);
const watch = await guarded(homeAt(root, {}), 'process', () => undefined);
await injectAll(
  { ...watch.site, target: async () => JSON.parse(target) as ChaosTarget, say: (line) => void process.stdout.write(`${line}\n`) },
  [JSON.parse(planned) as PlannedFault],
  new AbortController().signal,
);
watch.leave();
