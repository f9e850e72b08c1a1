// The two small pages that somebody sees who logs in: where to, and that it is done. No script, nothing from elsewhere.

import type { FastifyReply } from 'fastify';
import { escaped } from '../../../base/markup.ts';

export const pageType = 'text/html; charset=utf-8';

/** Headers of every answer of a login: nothing keeps it, frames it, or is told where it came from. */
export function guarded(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
}

export function choicePage(providers: readonly string[], returnTo: string): string {
  const links = providers.map((name) => {
    const query = new URLSearchParams({ provider: name, return_to: returnTo });
    return `<li><a href="${escaped(`/login?${query.toString()}`)}">${escaped(name)}</a></li>`;
  });
  return page('Log in', `<p>Log in at:</p><ul>${links.join('')}</ul>`);
}

/** Goes on by itself: cookies of this site alone are not sent along while another site still sends somebody here. */
export function donePage(principal: string, returnTo: string): string {
  const onward = `<meta http-equiv="refresh" content="0; url=${escaped(returnTo)}">`;
  return page('Logged in', `<p>Logged in as ${escaped(principal)}. <a href="${escaped(returnTo)}">Go on</a></p>`, onward);
}

function page(title: string, content: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>${head}</head><body>${content}</body></html>\n`;
}
