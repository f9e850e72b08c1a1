// People by mail: one message to all of a channel, handed to one server.
import { asCodeError } from '../../../base/errors.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { submit } from '../../../platform/mail/smtp.ts';
import type { Channel } from '../../../ports/outside/channels.ts';
import { unsent } from '../posted.ts';
import { messageText } from './message.ts';

export interface EmailOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `always`: from the first byte; `starttls`: before anything is told; `never`: for a server on this machine. */
  readonly tls: 'always' | 'starttls' | 'never';
  /** PEM; absent: those that all programs believe. */
  readonly ca?: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: string;
  /** Errors: `settings_invalid`. */
  readonly password: () => Promise<string | undefined>;
  readonly outbound: Outbound;
}

const timeout = 30_000;

export function openEmail({ name, password, from, to, user, ...server }: EmailOptions): Channel {
  return {
    send: async (notice, signal) => {
      const secret = await password();
      const login = user === undefined || secret === undefined ? undefined : { user, password: secret };
      try {
        await submit({ ...server, login, from, to, message: messageText(notice, { from, to }), timeout }, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        throw unsent(name, asCodeError(thrown).message.replace(/\.$/, ''));
      }
    },
  };
}
