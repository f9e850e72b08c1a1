// A channel of Microsoft Teams by a workflow's webhook: an Adaptive Card, whose texts are not read as Markdown.
import type { Notice } from '../../../model/outside/notice.ts';
import type { Channel } from '../../../ports/outside/channels.ts';
import type { ChatOptions } from '../posted.ts';
import { post, signature } from '../posted.ts';

const colours: Readonly<Record<Notice['severity'], string>> = { info: 'default', warning: 'warning', critical: 'attention' };
/** A card is refused beyond 28 KB. */
const most = 8_000;

export function openTeams(options: ChatOptions): Channel {
  return { send: (notice, signal) => post(options, messageOf(notice), signal) };
}

function messageOf(notice: Notice) {
  const { title, text, severity } = notice;
  const plain = (said: string, more: object = {}) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: said, ...more }] });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      plain(title, { weight: 'bolder', size: 'medium', color: colours[severity] }),
      ...(text === '' ? [] : [plain(text.slice(0, most))]),
      plain(signature(notice), { isSubtle: true, size: 'small' }),
    ],
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] };
}
