// The tools for agents on this program's own standard input and output.
import { once } from 'node:events';
import { randomText } from '../../base/ids.ts';
import { catalogue } from '../../operations/catalogue.ts';
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
    const serving = serveMcpOnStdio({ catalogue, version, client, servers, readOnly, interactive, failed });
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
