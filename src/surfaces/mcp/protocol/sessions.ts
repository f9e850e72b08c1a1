// Sessions of the eras before 2026-07-28: without one, nobody could ask a client anything, nor be told that it no longer wants an answer.
import { randomUUID } from 'node:crypto';
import type { Server } from '@modelcontextprotocol/server';
import { isInitializeRequest, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { Duration } from '../../../base/units.ts';

interface Session {
  /** Nobody else's request is heard in it. */
  readonly owner: string;
  /** Its tools are those of the address at which it was opened. */
  readonly path: string;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  usedAt: number;
}

const mostOfOne = 32;
const mostOfAll = 512;
const idle: Duration = 30 * 60_000;
/** Ids that are remembered as ended. */
const mostEnded = 4_096;

export interface SessionRequest {
  readonly request: Request;
  readonly content: unknown;
  readonly owner: string;
  readonly path: string;
}

export class Sessions {
  readonly #open = new Map<string, Session>();
  readonly #ended = new Set<string>();

  /**
   * `undefined`: it belongs to no session, and is answered by itself. That holds for an id that is not known any more, too:
   * a daemon that was started anew must not leave those who go on as if nothing had been without an answer.
   */
  async answer({ request, content, owner, path }: SessionRequest, serve: () => Server): Promise<Response | undefined> {
    const id = request.headers.get('mcp-session-id');
    if (id === null) return isInitializeRequest(content) ? this.#begin({ request, content, owner, path }, serve) : undefined;
    const session = this.#open.get(id);
    if (this.#ended.has(id) || (session && (session.owner !== owner || session.path !== path))) return unknownSession();
    if (!session) return undefined;
    session.usedAt = performance.now();
    return session.transport.handleRequest(request, { parsedBody: content });
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map(({ transport }) => transport.close()));
  }

  async #begin({ request, content, owner, path }: SessionRequest, serve: () => Server): Promise<Response> {
    await this.#makeRoom(owner);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void this.#open.set(id, { owner, path, transport, usedAt: performance.now() }),
      onsessionclosed: (id) => this.#forget(id),
    });
    await serve().connect(transport);
    return transport.handleRequest(request, { parsedBody: content });
  }

  /** The one that was not used for the longest goes first. */
  async #makeRoom(owner: string): Promise<void> {
    const now = performance.now();
    const byUse = [...this.#open].sort(([, one], [, other]) => one.usedAt - other.usedAt);
    const own = byUse.filter(([, one]) => one.owner === owner);
    const over = [
      ...byUse.filter(([, one]) => now - one.usedAt > idle),
      ...own.slice(0, Math.max(0, own.length + 1 - mostOfOne)),
      ...byUse.slice(0, Math.max(0, byUse.length + 1 - mostOfAll)),
    ];
    for (const [id, { transport }] of new Map(over)) {
      this.#open.delete(id);
      await transport.close();
    }
  }

  #forget(id: string): void {
    this.#open.delete(id);
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > mostEnded && oldest !== undefined) this.#ended.delete(oldest);
  }
}

function unknownSession(): Response {
  return Response.json(
    { jsonrpc: '2.0', id: null, error: { code: -32_001, message: 'There is no such session; begin a new one with initialize.' } },
    { status: 404 },
  );
}
