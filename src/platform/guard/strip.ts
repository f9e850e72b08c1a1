// Words of programs and strangers as a model reads them: what a person would not see is not there for the model either. Whole escape sequences
// go (ECMA-48), then everything that `visible` would show by its number: zero-width and bidirectional characters, tags, controls.
import { visible } from './text.ts';

// OSC, DCS, SOS, PM and APC end with ST or BEL, or where the text does; then CSI, then those of two or three characters. ESC or the C1 forms.
const begun = '(?:\\x1b[\\]PX^_]|[\\x9d\\x90\\x98\\x9e\\x9f])[^\\x07\\x1b\\x9c]*(?:\\x07|\\x1b\\\\|\\x9c|$)';
const escapes = new RegExp(`${begun}|(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?|\\x1b[ -/]*[0-~]?`, 'g');
/** What `visible` puts in place of a character; an original one has its backslash doubled before. */
const shown = /(\\\\)|\\(?:x[0-9a-f]{2}|u\{[0-9a-f]{4,6}\})/g;

/** Line feeds and tabs stay. */
export function stripped(text: string): string {
  if (/^[\n\t -~]*$/.test(text)) return text;
  const bare = text.replace(/\r\n/g, '\n').replace(escapes, '').replaceAll('\\', '\\\\');
  return visible(bare)
    .replace(shown, (_, backslash?: string) => backslash ?? '')
    .replaceAll('\\\\', '\\');
}
