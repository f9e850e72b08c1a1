// One message as mail carries it (RFC 5322, 2045, 2047): text in UTF-8, encoded so that nothing in it can be taken for a header or an end.
import type { Notice } from '../../../model/outside/notice.ts';

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

export function messageText({ title, text, severity, from: sender, id, at }: Notice, { from, to }: Envelope): string {
  const body = `${text}\n\n-- \n${severity}, by ${sender} through CODE (${id})\n`;
  return [
    `From: CODE <${from}>`,
    `To: ${to.map((one) => `<${one}>`).join(', ')}`,
    `Subject: ${encodedWords(title.replaceAll(/\s+/g, ' '))}`,
    `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${from.slice(from.indexOf('@') + 1)}>`,
    'Auto-Submitted: auto-generated',
    `Importance: ${severity === 'critical' ? 'high' : 'normal'}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines(Buffer.from(body, 'utf8').toString('base64'), 76),
    '',
  ].join('\r\n');
}

/** Always encoded: then there is no text that means something else in a header. Each word holds whole characters, 45 bytes at most. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > 45) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?utf-8?B?${Buffer.from(one, 'utf8').toString('base64')}?=`).join('\r\n ');
}

function lines(text: string, length: number): string[] {
  return text.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
}
