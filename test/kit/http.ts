// One HTTP request on a connection of its own.
import { request } from 'node:http';

export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** `host` is the Host header; the connection goes to 127.0.0.1. Rejects when the connection breaks. */
export function get({ host, port, path, headers }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers: { host, ...headers }, agent: false });
    call.on('error', reject);
    call.on('response', async (response) => {
      try {
        let body = '';
        for await (const chunk of response.setEncoding('utf8')) body += chunk;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      } catch (thrown) {
        reject(thrown);
      }
    });
    call.end();
  });
}
