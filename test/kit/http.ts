// One HTTP request on a connection of its own.
import { request } from 'node:http';

export interface Asked {
  readonly host: string;
  readonly port: number;
  /** Where the connection goes; absent: this machine's loopback. */
  readonly address?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** `host` is the Host header. Rejects when the connection breaks. */
export function get({ host, port, address = '127.0.0.1', path, headers }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: address, port, path, headers: { host, ...headers }, agent: false });
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
