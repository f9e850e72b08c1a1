// PM2 as a contender: cluster mode, `pm2 reload`, on a home of its own.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { removeTree, writeFileAtomic } from '../../../platform/files.ts';
import { unusedPort } from '../../../platform/process/ports.ts';
import { writeApplication } from './application.ts';
import type { Entrant } from './contender.ts';
import { environment, run, scratch } from './contender.ts';
import { surgeOf } from './ours.ts';

/** Looks for it in `peers/node_modules`; it is installed by whoever wants the comparison, never by us. */
export function pm2(node: string, peers: string | undefined): Entrant {
  const program = peers === undefined ? undefined : join(resolve(peers), 'node_modules', 'pm2', 'bin', 'pm2');
  const missing = program === undefined || !existsSync(program);
  return {
    name: 'PM2',
    ...(missing && { absent: 'not installed; npm install --prefix DIR pm2, then give --peers DIR' }),
    open: async (replicas, signal) => {
      const root = await scratch();
      const port = await unusedPort();
      const where = { cwd: root, env: environment({ PM2_HOME: join(root, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' }) };
      const tell = (args: readonly string[], wait: AbortSignal) => run([node, program ?? '', ...args], where, wait);
      const end = async (): Promise<void> => {
        try {
          await tell(['kill'], AbortSignal.timeout(60_000));
        } finally {
          await removeTree(root);
        }
      };
      try {
        const directory = join(root, 'application');
        await writeApplication(directory, 'v0');
        const application = { name: 'bench', script: 'server.js', cwd: directory, instances: replicas, exec_mode: 'cluster' };
        // Its default of 1.6 s would cut the slow requests; ours may take 10 s, so may these.
        const settings = { ...application, kill_timeout: 10_000, env: { PORT: String(port) } };
        await writeFileAtomic(join(root, 'ecosystem.json'), JSON.stringify({ apps: [settings] }));
        await tell(['start', 'ecosystem.json'], signal);
        return {
          name: 'PM2',
          target: { host: '127.0.0.1', port },
          prepare: (version) => writeApplication(directory, version),
          deploy: async (_, wait) => {
            await tell(['reload', 'bench', '--parallel', String(surgeOf(replicas))], wait);
          },
          end,
        };
      } catch (thrown) {
        await end();
        throw thrown;
      }
    },
  };
}
