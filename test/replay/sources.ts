// What a canary is judged by beside its traffic: one HTTP server that speaks Prometheus' query API, answers as a plain webhook, and hears hooks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A value of a release; `hang` never answers, `fail` answers 500, `nothing` knows no such metric. */
export type Says = number | 'hang' | 'fail' | 'nothing';

export class Source {
  /** Bodies of what hooks sent, in order. */
  readonly told: Record<string, unknown>[] = [];
  readonly #says: (release: string) => Says;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(says: (release: string) => Says) {
    this.#says = says;
  }

  static async open(says: (release: string) => Says): Promise<Source> {
    const source = new Source(says);
    await new Promise<void>((resolve) => source.#server.listen(0, '127.0.0.1', resolve));
    return source;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A member of `analysis.metrics`, read often so that a verdict does not take long. */
  prometheus(name: string): Readonly<Record<string, unknown>> {
    return { name, prometheus: { url: this.url, query: `avg(${name}{release="{{release}}"})` }, every: '50ms' };
  }

  webhook(name: string): Readonly<Record<string, unknown>> {
    return { name, webhook: { url: `${this.url}/value?release={{release}}` }, every: '50ms' };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here');
    if (request.method === 'POST') {
      this.told.push(JSON.parse((await request.toArray()).join('')) as Record<string, unknown>);
      response.writeHead(204).end();
      return;
    }
    const asked =
      pathname === '/api/v1/query' ? /release="([^"]+)"/.exec(searchParams.get('query') ?? '')?.[1] : searchParams.get('release');
    const says = this.#says(asked ?? '');
    if (says === 'hang') return;
    if (says === 'fail') response.writeHead(500).end('out of order');
    else if (pathname !== '/api/v1/query') response.end(says === 'nothing' ? '{}' : JSON.stringify({ value: says }));
    else {
      const result = says === 'nothing' ? [] : [{ metric: {}, value: [Date.now() / 1_000, String(says)] }];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    }
  }
}
