// A small service, spread over a Swarm of three nodes that is made for it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whyNoEngine } from '../../test/lab/dockerd.ts';
import { SwarmLab } from '../../test/lab/lab.ts';
import { whyNoSwarm } from '../../test/lab/swarm.ts';
import { manifestOf } from '../lab/service.ts';
import type { Subject } from './subject.ts';

const nodes = 3;
const application = 'hello';

/** Errors: in one line, where no Swarm can be made. */
export async function openNodes(workplace: string): Promise<Subject> {
  const why = (await whyNoEngine()) ?? (await whyNoSwarm());
  if (why !== undefined) throw new Error(`no Swarm can be made here: ${why}`);
  const lab = await SwarmLab.open();
  try {
    while (lab.size < nodes) await lab.add();
    const manifest = join(workplace, 'code.yaml');
    return {
      application,
      manifest,
      settings: ['--set', `docker_host=${lab.manager.host}`],
      wishes: [],
      edit: (version) => writeFile(manifest, manifestOf(application, lab.image, version, { replicas: nodes })),
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await lab[Symbol.asyncDispose]();
    throw thrown;
  }
}
