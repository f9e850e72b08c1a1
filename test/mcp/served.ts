// The tools behind the real door over TCP, and an agent with a token: for tests that speak to it byte by byte.
import { mcpMount } from '../../src/main/mcp/mount.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { HttpSurface } from '../../src/surfaces/http/surface.ts';
import { createHttpSurface } from '../../src/surfaces/http/surface.ts';
import { House } from '../access/kit.ts';

export interface Sending {
  readonly token?: string;
  readonly path?: string;
}

export class Served {
  readonly house: House;
  readonly url: string;
  readonly complaints: readonly string[];
  readonly #surface: HttpSurface;
  readonly #secret: string;

  private constructor(house: House, surface: HttpSurface, url: string, secret: string, complaints: readonly string[]) {
    this.house = house;
    this.url = url;
    this.complaints = complaints;
    this.#surface = surface;
    this.#secret = secret;
  }

  static async open(): Promise<Served> {
    const complaints: string[] = [];
    const note = (_: unknown, message: string) => void complaints.push(message);
    const log = { debug: note, info: note, warn: note, error: note };
    const house = await House.open();
    const { dispatcher } = house.door;
    const surface = createHttpSurface({ dispatcher, catalogue, log, version: 'test', mounts: [mcpMount(dispatcher, log)] });
    const url = await surface.listenTcp('127.0.0.1', 0);
    return new Served(house, surface, url, await tokenOf(house, 'helper'), complaints);
  }

  token(name: string): Promise<string> {
    return tokenOf(this.house, name);
  }

  post(content: unknown, headers: Readonly<Record<string, string>> = {}, sending: Sending = {}): Promise<Response> {
    return this.send('POST', { 'content-type': 'application/json', ...headers }, { ...sending, content });
  }

  send(
    method: string,
    headers: Readonly<Record<string, string>>,
    { token = this.#secret, path = '/mcp', content }: Sending & { readonly content?: unknown } = {},
  ): Promise<Response> {
    return fetch(new URL(path, this.url), {
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream', ...headers },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
  }

  async close(): Promise<void> {
    await this.#surface.close();
    await this.house.world.stop();
  }
}

async function tokenOf({ door: { tokens } }: House, name: string): Promise<string> {
  const limits = { replicas: 3, services: 2, environments: ['test'] };
  const { secret } = await tokens.create({ name, effects: [], kind: 'agent', grants: [{ role: 'agent', application: 'shop' }], limits });
  return secret;
}
