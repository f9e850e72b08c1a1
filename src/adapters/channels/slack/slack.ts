// A Slack channel by an incoming webhook: what stands in a message is text, and mentions nobody.
import type { Notice } from '../../../model/outside/notice.ts';
import type { Channel } from '../../../ports/outside/channels.ts';
import type { ChatOptions } from '../posted.ts';
import { post, signature } from '../posted.ts';

/** A section holds 3,000 characters. */
const most = 2_900;

export function openSlack(options: ChatOptions): Channel {
  return { send: (notice, signal) => post(options, messageOf(notice), signal) };
}

function messageOf(notice: Notice) {
  const { title, text } = notice;
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, 150), emoji: false } },
      ...(text === '' ? [] : [{ type: 'section', text: { type: 'plain_text', text: text.slice(0, most), emoji: false } }]),
      { type: 'context', elements: [{ type: 'plain_text', text: signature(notice).slice(0, 2_000), emoji: false }] },
    ],
  };
}

/** Slack's own three: `<!channel>` and links begin with one of them. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
