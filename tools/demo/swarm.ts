// The Swarm of the demo: one node, on an Engine of its own, so that nothing of the machine's own Docker is touched.
import type { Dockerd } from '../../test/lab/dockerd.ts';
import { whyNoEngine } from '../../test/lab/dockerd.ts';
import { openManager, whyNoSwarm } from '../../test/lab/swarm.ts';

/** Errors: in one line, where none can be made. */
export async function openSwarm(): Promise<Dockerd> {
  const why = (await whyNoEngine()) ?? (await whyNoSwarm());
  if (why === undefined) return openManager();
  throw new Error(
    `the demo makes a Swarm of its own, and cannot here: ${why}. On an Engine that runs: npm run demo -- --runtime docker. Without: npm run demo.`,
  );
}
