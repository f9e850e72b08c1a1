// Asks a Docker Engine for what the demo and the tests need of it beside the product.
import type { LinkTarget } from '../../src/platform/http/link.ts';
import { ask } from '../../src/platform/http/link.ts';

export class DockerEngine {
  readonly #target: LinkTarget;

  constructor(target: LinkTarget) {
    this.#target = target;
  }

  async get(path: string): Promise<string> {
    const answer = await ask(this.#target, { method: 'GET', path }, AbortSignal.timeout(30_000));
    return answer.text();
  }

  async bytes(path: string): Promise<Uint8Array> {
    const answer = await ask(this.#target, { method: 'GET', path }, AbortSignal.timeout(600_000));
    const parts: Uint8Array[] = [];
    for await (const part of answer.chunks) parts.push(part);
    return Buffer.concat(parts);
  }

  json<T>(path: string): Promise<T> {
    return this.get(path).then((text) => JSON.parse(text) as T);
  }

  /** Errors: whatever the Engine refuses, with its words. */
  async send(method: 'POST' | 'DELETE' | 'PUT', path: string, json?: unknown, body?: AsyncIterable<Uint8Array>): Promise<string> {
    const answer = await ask(this.#target, { method, path, json, body }, AbortSignal.timeout(120_000));
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  }

  /** Sends an image to the registry that its name begins with. */
  async push(reference: string, login: { readonly username: string; readonly password: string }): Promise<void> {
    const headers = { 'x-registry-auth': Buffer.from(JSON.stringify(login)).toString('base64') };
    const answer = await ask(this.#target, { method: 'POST', path: `/images/${reference}/push`, headers }, AbortSignal.timeout(120_000));
    const text = await answer.text();
    if (answer.status >= 400 || text.includes('"error"')) throw new Error(`${reference} could not be pushed: ${text}`);
  }
}
