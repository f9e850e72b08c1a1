// A server of the Model Context Protocol over Streamable HTTP, asked with a credential of its own.
import { CodeError } from '../../../base/errors.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import type { Called } from '../../../platform/http/call.ts';
import { call } from '../../../platform/http/call.ts';
import type { ForeignTools } from '../../../ports/outside/tools.ts';
import type { ForeignResult } from './message.ts';
import { answerIn, resultIn } from './message.ts';
import type { Link } from './tools.ts';
import { answerMost, answerTime, introduction, protocolVersion, toolsOver } from './tools.ts';

export interface UpstreamOptions {
  readonly name: string;
  readonly url: string;
  /** Errors: `settings_invalid`. */
  readonly token: () => Promise<string | undefined>;
  readonly outbound: Outbound;
}

export function openUpstream(options: UpstreamOptions): ForeignTools {
  return toolsOver(options.name, new HttpLink(options));
}

/** Begun again when the server has forgotten it. */
class HttpLink implements Link {
  readonly #options: UpstreamOptions;
  #session: Promise<string | undefined> | undefined;
  #count = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  async ask(method: string, params: object, signal: AbortSignal): Promise<ForeignResult> {
    for (let again = true; ; again = false) {
      this.#session ??= this.#begin(signal);
      const session = await this.#session.catch((thrown: unknown) => {
        this.#session = undefined;
        throw thrown;
      });
      const id = (this.#count += 1);
      const answer = await this.#post({ jsonrpc: '2.0', id, method, params }, session, signal);
      if (answer.status !== 404 || session === undefined || !again) return answerIn(this.#options.name, answer, id);
      this.#session = undefined;
    }
  }

  async #begin(signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#post({ jsonrpc: '2.0', id: 0, method: 'initialize', params: introduction }, undefined, signal);
    resultIn(this.#options.name, answerIn(this.#options.name, answer, 0));
    const session = answer.header('mcp-session-id');
    await this.#post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session, signal);
    return session;
  }

  async #post(message: object, session: string | undefined, signal: AbortSignal): Promise<Extract<Called, { readonly kind: 'answer' }>> {
    const { name, url, token, outbound } = this.#options;
    const secret = await token();
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': protocolVersion,
      ...(session !== undefined && { 'mcp-session-id': session }),
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    };
    const answer = await call(
      { method: 'POST', url, headers, body: JSON.stringify(message), timeout: answerTime, most: answerMost },
      outbound,
      signal,
    );
    if (answer.kind === 'answer') return answer;
    throw new CodeError('outside_unavailable', `The tools of ${name} cannot be reached: ${answer.because}.`, {
      hint: 'Check its url in the setting upstreams, and calls_allowed.',
    });
  }
}
