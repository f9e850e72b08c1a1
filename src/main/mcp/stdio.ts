// The tools for agents on this program's own standard input and output.
import { once } from 'node:events';
import { randomText } from '../../base/ids.ts';
import { catalogue } from '../../operations/catalogue.ts';
import { upstreamOperations } from '../../operations/groups/outside/upstream.ts';
import type { Operation } from '../../operations/operation.ts';
import type { ApiClient } from '../../platform/http/client.ts';
import { createApiClient } from '../../platform/http/client.ts';
import type { McpProgram } from '../../surfaces/cli/mcp/program.ts';
import { serveMcpOnStdio } from '../../surfaces/mcp/protocol/stdio.ts';
import { version } from '../version.ts';

export const mcpProgram: McpProgram = {
  conform: async (ready, signal) => (await import('./conformance/serve.ts')).serveConformance(ready, signal),
  serve: async ({ endpoint, servers, readOnly, interactive }, signal) => {
    const client = createApiClient(endpoint, randomText(16));
    const failed = (error: Error): void => void process.stderr.write(`${error.message}\n`);
    // The host leaves by closing our input; one that just dies closes it as well.
    const left = Promise.race([once(process.stdin, 'end'), once(process.stdin, 'close'), once(signal, 'abort')]);
    const operations = await operationsOf(client, signal);
    const serving = serveMcpOnStdio({ catalogue: operations, version, client, servers, readOnly, interactive, failed });
    try {
      if (!signal.aborted) await left;
    } finally {
      await serving.close();
      client.close();
      // Paused by its end of the protocol, it would keep this program.
      process.stdin.destroy();
    }
  },
};

/** What the daemon has: some of it depends on its settings. Where none answers, what every daemon has. */
async function operationsOf(client: ApiClient, signal: AbortSignal): Promise<readonly Operation[]> {
  const all = [...catalogue, ...upstreamOperations];
  const told = await client.json({ method: 'GET', path: '/v1/openapi.json', signal }).catch(() => undefined);
  if (told === undefined) return catalogue;
  const paths = typeof told === 'object' && told !== null && 'paths' in told ? told.paths : undefined;
  const known = new Set(Object.keys(typeof paths === 'object' && paths !== null ? paths : {}));
  return all.filter(({ name }) => known.has(`/v1/${name}`));
}
