// The peers, each configured as its own manual advises for one core: kept connections to the upstream, no access log.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Passage, ProxyEntrant } from './proxy.ts';
import { programPath } from './proxy.ts';

export function proxyPeers(node: string, peers: string | undefined): readonly ProxyEntrant[] {
  return [haproxy(), nginx(), caddy(), httpProxy(node, peers)];
}

function installed(program: string): { readonly path: string; readonly absent?: string } {
  const path = programPath(program);
  return path === undefined ? { path: program, absent: `not installed; apt-get install ${program}` } : { path };
}

function haproxy(): ProxyEntrant {
  const { path, ...missing } = installed('haproxy');
  const config = ({ port, upstream }: Passage) => `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:${port}
  default_backend out
backend out
  server one 127.0.0.1:${upstream}
`;
  return {
    name: 'HAProxy',
    ...missing,
    setup: (passage) => ({
      files: { 'haproxy.cfg': config(passage) },
      command: [path, '-db', '-f', join(passage.directory, 'haproxy.cfg')],
    }),
  };
}

function nginx(): ProxyEntrant {
  const { path, ...missing } = installed('nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = ({ directory, port, upstream }: Passage) => `daemon off;
user root;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 100000000;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  upstream out { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://out;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;
  return {
    name: 'nginx',
    ...missing,
    setup: (passage) => ({
      files: { 'nginx.conf': config(passage) },
      command: [path, '-p', passage.directory, '-e', join(passage.directory, 'nginx.log'), '-c', join(passage.directory, 'nginx.conf')],
    }),
  };
}

function caddy(): ProxyEntrant {
  const { path, ...missing } = installed('caddy');
  const config = ({ port, upstream }: Passage) => `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstream}
}
`;
  return {
    name: 'Caddy',
    ...missing,
    setup: (passage) => ({
      files: { Caddyfile: config(passage) },
      command: [path, 'run', '--config', join(passage.directory, 'Caddyfile'), '--adapter', 'caddyfile'],
    }),
  };
}

/** The usual choice where a proxy is written in Node.js; looked for in `peers/node_modules`. */
function httpProxy(node: string, peers: string | undefined): ProxyEntrant {
  const home = peers === undefined ? undefined : join(resolve(peers), 'node_modules', 'http-proxy-3');
  const missing = home === undefined || !existsSync(home);
  const script = ({ port, upstream }: Passage) => `
const { createRequire } = require('node:module');
const { Agent, createServer } = require('node:http');
const { createProxyServer } = createRequire(${JSON.stringify(join(home ?? '', '..', 'x.js'))})('http-proxy-3');
const agent = new Agent({ keepAlive: true, maxSockets: 512 });
const proxy = createProxyServer({ target: 'http://127.0.0.1:${upstream}', agent, xfwd: true });
proxy.on('error', (error, request, response) => { response.writeHead?.(502); response.end(); });
createServer((request, response) => proxy.web(request, response)).listen(${port}, '127.0.0.1');
`;
  return {
    name: 'http-proxy-3',
    ...(missing && { absent: 'not installed; npm install --prefix DIR http-proxy-3, then give --peers DIR' }),
    setup: (passage) => ({ files: { 'proxy.cjs': script(passage) }, command: [node, join(passage.directory, 'proxy.cjs')] }),
  };
}
