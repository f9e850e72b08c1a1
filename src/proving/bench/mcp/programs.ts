// The programs beside ours in `bench mcp`: a bare server of the SDK with one tool, and the clients that ask both.

/** A tool that answers at once, by the SDK's own server and HTTP handler and nothing else; prints its URL. */
export const bareServer = (sdk: string, zod: string): string => `
import { createServer } from 'node:http';
import { createMcpHandler, McpServer } from ${JSON.stringify(sdk)};
import * as z from ${JSON.stringify(zod)};
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bare', version: '1.0.0' });
  const inputSchema = z.object({ application: z.string(), environment: z.string() });
  const answer = { content: [{ type: 'text', text: '{}' }], structuredContent: {} };
  server.registerTool('trial_look', { description: 'Looks at nothing.', inputSchema, outputSchema: z.object({}) }, async () => answer);
  return server;
});
createServer(async (incoming, outgoing) => {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  const headers = Object.entries(incoming.headers).filter(([name]) => name !== 'connection' && name !== 'content-length');
  const request = new Request('http://localhost' + incoming.url, { method: incoming.method, headers });
  const response = await handler.fetch(request, { parsedBody: JSON.parse(text) });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}).listen(0, '127.0.0.1', function listening() {
  console.log('http://127.0.0.1:' + this.address().port + '/');
});
`;

/** So many clients over kept connections, each with one call after the other; prints the milliseconds of each call and of all together. */
export const clients = `
import { Agent, request } from 'node:http';
const { url, headers, body, clients, calls, warmup } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const call = () => new Promise((resolve, reject) => {
  const asked = request(url, { method: 'POST', agent, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => {
      if (response.statusCode === 200 && /"structuredContent"/.test(text)) resolve();
      else reject(new Error(response.statusCode + ' ' + text.slice(0, 300)));
    });
  });
  asked.on('error', reject);
  asked.end(body);
});
const took = [];
let left = warmup;
const work = async () => {
  while (left-- > 0) {
    const started = performance.now();
    await call();
    took.push(performance.now() - started);
  }
};
const all = () => Promise.all(Array.from({ length: clients }, work));
await all();
took.length = 0;
left = calls;
const started = performance.now();
await all();
console.log(JSON.stringify({ took, whole: performance.now() - started }));
agent.destroy();
`;
