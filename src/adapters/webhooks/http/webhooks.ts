// Webhooks over HTTP, signed with one key of this engine as Standard Webhooks 1.0 has it.
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { call } from '../../../platform/http/call.ts';
import type { Webhooks } from '../../../ports/webhooks.ts';

export interface WebhookOptions {
  readonly clock: Clock;
  /** Holds the key, for its owner's eyes only; made when it is not there. */
  readonly keyFile: string;
  readonly outbound: Outbound;
}

const prefix = 'whsec_';

/** Errors: `disk_full`, `home_unwritable`. */
export async function openWebhooks({ clock, keyFile, outbound }: WebhookOptions): Promise<Webhooks> {
  const key = await keyIn(keyFile);
  const secret = Buffer.from(key.slice(prefix.length), 'base64');
  return {
    key,
    send: ({ id, url, body, timeout }, signal) => {
      const timestamp = String(Math.floor(clock.now() / 1000));
      const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      return call({ method: 'POST', url, headers, body, timeout }, outbound, signal);
    },
  };
}

async function keyIn(file: string): Promise<string> {
  const kept = (await readFileIfExists(file))?.trim();
  if (kept !== undefined && /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(kept)) return kept;
  const key = prefix + randomBytes(32).toString('base64');
  await writeFileAtomic(file, `${key}\n`);
  return key;
}
