// The daemon's API as a stranger finds it: what its own description lists, and calls of it with whatever token and words.
import { Agent, request } from 'node:http';
import { patience } from '../../../test/kit/until.ts';

export interface Seen {
  /** `apps.status`, or a path of a page. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly effect: string;
  readonly humansOnly: boolean;
  /** Nobody is asked who he is: it is how one shows that. */
  readonly open: boolean;
  /** Input goes into the query and the content is raw. */
  readonly raw: boolean;
  readonly schema: Schema;
}

export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Reply {
  readonly status: number;
  /** Of a problem. */
  readonly code: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface Asking {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly method?: string;
  /** In place of the operation's own. */
  readonly path?: string;
  /** Sent as it is, as JSON. */
  readonly text?: string;
}

type Described = Readonly<Record<string, Readonly<Record<string, Description>>>>;
interface Description {
  readonly 'x-effect': string;
  readonly 'x-humans-only': boolean;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** Waits where it is told that it calls too often: that is no answer to the question. */
export async function patiently(ask: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await ask();
    const wait = /"retry_after_ms":(\d+)/.exec(reply.body)?.[1];
    if (reply.status !== 429 || wait === undefined) return reply;
    await new Promise((resolve) => setTimeout(resolve, Number(wait)));
  }
}

export class Api {
  readonly port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(port: number) {
    this.port = port;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** All operations, by what the API says of itself to anybody. */
  async operations(): Promise<readonly Seen[]> {
    const { body } = await this.send('GET', '/v1/openapi.json', {});
    const { paths } = JSON.parse(body) as { readonly paths: Described };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => seen(path.replace('/v1/', ''), method === 'get' ? 'GET' : 'POST', one)),
    );
  }

  call(operation: Seen, input: object, asking: Asking = {}): Promise<Reply> {
    const { method, path, headers, text } = spelled(operation, input, asking);
    return patiently(() => this.send(method, path, { headers, text }));
  }

  send(
    method: string,
    path: string,
    { headers = {}, text }: { readonly headers?: Asking['headers']; readonly text?: string | undefined },
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const call = request({
        host: '127.0.0.1',
        port: this.port,
        method,
        path,
        headers: headers as Record<string, string | string[]>,
        agent: this.#agent,
        timeout: patience,
      });
      call.on('timeout', () => call.destroy(new Error(`no answer to ${method} ${path}`)));
      call.on('error', reject);
      call.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (more: string) => (body += more));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, code: codeIn(body), headers: response.headers, body }));
      });
      call.end(text);
    });
  }
}

/** A call as it is sent: as the operation is described, but for what was asked to be otherwise. */
function spelled({ name, method, raw }: Seen, input: object, asking: Asking) {
  const inQuery = method === 'GET' || raw;
  const query = inQuery ? `?${new URLSearchParams(flat(input)).toString()}` : '';
  const text = asking.text ?? (inQuery ? undefined : JSON.stringify(input));
  const type = raw ? 'application/octet-stream' : 'application/json';
  const headers = {
    ...(asking.token !== undefined && { authorization: `Bearer ${asking.token}` }),
    ...(text !== undefined && { 'content-type': type }),
    ...asking.headers,
  };
  return { method: asking.method ?? method, path: asking.path ?? `/v1/${name}${query}`, headers, text };
}

function codeIn(body: string): string {
  return /"code":"(\w+)"/.exec(body)?.[1] ?? '';
}

function flat(input: object): [string, string][] {
  return Object.entries(input).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
}

function seen(name: string, method: Seen['method'], one: Description): Seen {
  const content = one.requestBody?.content ?? {};
  const raw = 'application/octet-stream' in content;
  const inQuery = (one.parameters ?? []).filter((each) => each.in === 'query');
  const schema = content['application/json']?.schema ?? {
    type: 'object',
    properties: Object.fromEntries(inQuery.map((each) => [each.name, each.schema])),
    required: inQuery.filter((each) => each.required).map((each) => each.name),
  };
  return { name, method, effect: one['x-effect'], humansOnly: one['x-humans-only'], open: name.startsWith('login.'), raw, schema };
}
