// What is deployed in the house under attack: a service that notes every request as it read it, one that only is there, and their manifests.

/** Notes method, target, fields and content of each request, answers with them, and gives the list at `/__seen` (emptied by that). */
export const recorder = `
const seen = [];
const hostile = String.fromCharCode(27) + '[2J' + String.fromCharCode(27) + ']0;owned' + String.fromCharCode(7, 0x202e, 13) + 'forged: a line';
console.log('said ' + hostile);
console.log('said something harmless: äöü');
require('node:http').createServer((request, response) => {
  let content = '';
  request.setEncoding('latin1').on('data', (more) => (content += more));
  request.on('end', () => {
    if (request.url === '/__seen') return response.end(JSON.stringify(seen.splice(0)));
    const one = { method: request.method, url: request.url, fields: request.rawHeaders, content };
    if (request.url !== '/healthz') seen.push(one);
    response.end(JSON.stringify(one));
  });
  request.on('error', () => undefined);
}).listen(process.env.PORT);
`;

const quick = `
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 1s, grace: 1s }`;

/** A service behind the gateway at any host, whose instance notes what it is asked. */
export function recording(application: string, host: string): string {
  return `
application: ${application}
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    probe: { path: /healthz, interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }${quick}
    routes: [{ host: "${host}", path: / }]
`;
}

/** One that does nothing, in an environment that wants approval. */
export function guarded(application: string): string {
  return `
application: ${application}
services:
  web:
    run: { command: [sleep, "1000000"] }
    probe: none${quick}
environments:
  live: { runtime: process, approval: required }
`;
}

export interface Calling {
  readonly hooks: readonly string[];
  readonly queue: readonly string[];
  /** Paths of probes. */
  readonly probe: string;
}

/** So many hooks has a service at most. */
const hooksOfOne = 10;

/** Services whose manifests name addresses: one with a probe, some that tell of each deployment, some that scale by what others say. */
export function calling({ hooks, queue, probe }: Calling): { readonly manifest: string; readonly services: readonly string[] } {
  const idle = `
    run: { command: [sleep, "1000000"] }
    probe: none${quick}`;
  const telling = Array.from({ length: Math.ceil(hooks.length / hooksOfOne) }, (_, at) => {
    const told = hooks.slice(at * hooksOfOne, (at + 1) * hooksOfOne).map((one) => `{ webhook: ${JSON.stringify(one)} }`);
    return [`telling${at}`, `${idle}\n    hooks: { after_deploy: [${told.join(', ')}] }`] as const;
  });
  const scaled = queue.map(
    (source, at) => [`queue${at}`, `${idle}\n    scale: { min: 1, max: 2, targets: { queue: { ${source}, target: 1000 } } }`] as const,
  );
  const probed = `
    run: { command: [node, server.js] }
    port: 8080
    probe: { path: ${JSON.stringify(probe)}, interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }${quick}`;
  const all = [['probed', probed] as const, ...telling, ...scaled];
  const manifest = `application: caller\nservices:\n${all.map(([name, text]) => `  ${name}:${text}\n`).join('')}`;
  return { manifest, services: all.map(([name]) => name) };
}
