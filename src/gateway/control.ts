// How the control plane speaks to the gateway: HTTP and JSON over a unix socket that only its owner may open.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ErrorKind } from '../base/errors.ts';
import { asCodeError, CodeError } from '../base/errors.ts';
import { removeIfExists } from '../platform/files.ts';
import { protectSocket } from '../platform/local-socket.ts';
import { createServer } from '../platform/node-http.ts';
import type { Gateway } from './gateway.ts';
import { parseDetour } from './parse-detour.ts';
import { parseRouteTable } from './parse-table.ts';

const maxTable = 64 * 1024 * 1024;

const statuses: Partial<Record<ErrorKind, number>> = { invalid: 400, not_found: 404, conflict: 409, exhausted: 413, unavailable: 503 };

export interface Control {
  close(): void;
}

/**
 * `PUT /table` puts a route table in force, `PUT /table?processes=N` also says how many processes serve as this gateway · `GET /observe` · `PUT /detour` sends connections to an instance elsewhere for a while (trials only) · `GET /watch` answers for as long as the gateway lives · `POST /stop` calls `stop`.
 * Errors are `{code, message, hint, details}`.
 */
export async function openControl(gateway: Gateway, path: string, stop: () => void): Promise<Control> {
  const server = createServer((request, response) => void answer(gateway, request, response, stop));
  // What is there is left from a gateway that was killed: the caller made sure that nobody answers on it.
  await removeIfExists(path);
  await listenOnPath(server, path);
  await protectSocket(path);
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listenOnPath(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(gateway: Gateway, request: IncomingMessage, response: ServerResponse, stop: () => void): Promise<void> {
  try {
    const result = await perform(gateway, request, response, stop);
    if (result !== undefined) send(response, 200, result);
  } catch (thrown) {
    const { code, kind, message, hint, details } = asCodeError(thrown);
    send(response, statuses[kind] ?? 500, { code, message, hint, details });
  }
}

async function perform(gateway: Gateway, request: IncomingMessage, response: ServerResponse, stop: () => void): Promise<unknown> {
  const [path, query] = (request.url ?? '').split('?');
  switch (`${request.method} ${path}`) {
    case 'PUT /table': {
      const table = parseRouteTable(await readJson(request));
      await gateway.apply(table);
      const processes = Number(new URLSearchParams(query).get('processes'));
      if (processes >= 1) gateway.processes = processes;
      return { version: table.version };
    }
    case 'GET /observe':
      return gateway.observe();
    case 'GET /waiting':
      tellOfWaiting(gateway, response);
      return undefined;
    case 'PUT /detour': {
      const { instance, to, lasts } = parseDetour(await readJson(request));
      return { changed: gateway.detour(instance, to, lasts) };
    }
    case 'GET /detours':
      return { detours: gateway.detours() };
    case 'GET /watch':
      response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
      return undefined;
    case 'POST /stop':
      stop();
      return { stopping: true };
    default:
      throw new CodeError('operation_unknown', `The gateway's control socket knows no ${request.method} ${request.url}.`, {
        hint: 'Ask for PUT /table, GET /observe, PUT /detour, GET /detours, GET /waiting, GET /watch or POST /stop.',
      });
  }
}

/** A line with a service's key whenever requests begin to wait for it, for as long as somebody reads. */
function tellOfWaiting(gateway: Gateway, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
  const end = gateway.onWaiting((service) => response.write(`${service}\n`));
  response.on('close', end);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxTable) throw new CodeError('too_large', `The route table is larger than ${maxTable} bytes.`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new CodeError('input_invalid', 'The route table is not JSON.', { cause });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
