// Listeners at places where nobody was told to call, and one where the operator said so: who is called, notes it.
import type { Server } from 'node:http';
import { createServer } from 'node:http';

export class Listener {
  readonly host: string;
  /** Paths that were asked for. */
  readonly heard: string[] = [];
  readonly #server: Server;

  private constructor(host: string, redirect: (path: string) => string | undefined) {
    this.host = host;
    this.#server = createServer((incoming, response) => {
      const path = incoming.url ?? '';
      this.heard.push(path);
      incoming.resume();
      const location = redirect(path);
      if (location !== undefined) response.writeHead(302, { location });
      // A number, which is what metrics want; anybody else is content with 200.
      response.end('1');
    });
  }

  static async open(host: string, port = 0, redirect: (path: string) => string | undefined = () => undefined): Promise<Listener> {
    const one = new Listener(host, redirect);
    await new Promise<void>((resolve, reject) => {
      one.#server.once('error', reject);
      one.#server.listen(port, host, resolve);
    });
    return one;
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  heardOf(part: string): boolean {
    return this.heard.some((path) => path.includes(part));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
