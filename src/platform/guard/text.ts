// Text that came from somewhere else, made safe to be read: what would move the cursor, set a title, forge a line of a log, hide, or turn the reading
// direction is shown instead of obeyed (CWE-117, CWE-150, CVE-2021-42574).

// Controls, characters that are not seen (Unicode's Default_Ignorable_Code_Point, which has the bidirectional controls of UAX #9, too), further line
// ends, halves of characters, annotations.
const dangerous = '\\p{Cc}\\p{DI}\\p{Zl}\\p{Zp}\\p{Cs}\\ufff9-\\ufffb';
// Scripts that join by characters which are not seen (UAX #31, 2.3).
const joining = `[${'Arab Syrc Nkoo Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh'.replace(/\w+ ?/g, (name) => `\\p{scx=${name.trim()}}`)}]`;
// Where they belong: variants of emoji and of Han, families of emoji, joiners between letters of those scripts, flags of three nations (UTS #51).
const belonging = [
  '(?<=\\p{Emoji})[\\ufe0e\\ufe0f]',
  '(?<=[\\p{ExtPict}\\p{EMod}\\ufe0f])\\u200d(?=\\p{ExtPict})',
  `(?<=${joining})[\\u200c\\u200d](?=${joining})`,
  '(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=\\p{sc=Mong})[\\u180b-\\u180d]',
  '(?<=\\u{1f3f4})\\u{e0067}\\u{e0062}(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})\\u{e007f}',
].join('|');

const inText = new RegExp(`(${belonging})|(?![\\t\\n])[${dangerous}]`, 'gu');
const inLine = new RegExp(`(${belonging})|[${dangerous}]`, 'gu');
const inJson = new RegExp(`(?!\\n)[${dangerous}]`, 'gu');
/** Most text is nothing else, and is done with at once. */
const harmless = /^[\n\t -~]*$/;
// The colours that the product itself paints with; an instance may use them, too.
// oxlint-disable-next-line no-control-regex
const colours = /(\u001b\[(?:[0-2]|22|3[0-79]|9[0-7])m)/;

/** Line feeds and tabs stay. */
export function visible(text: string): string {
  return harmless.test(text) ? text : shown(text, inText);
}

/** For one line of a log or one field of a table: nothing in it begins another. */
export function visibleLine(text: string): string {
  return /^[ -~]*$/.test(text) ? text : shown(text, inLine);
}

/** As `visible`, but plain colours take effect. */
export function visibleWithColours(text: string): string {
  if (harmless.test(text)) return text;
  return text
    .split(colours)
    .map((part) => (colours.test(part) ? part : visible(part)))
    .join('');
}

/** The same JSON, with nothing in its strings that a terminal or a reader could be misled by: RFC 8259 lets every character be escaped. */
export function visibleJson(json: string): string {
  if (harmless.test(json)) return json;
  return json.replace(inJson, (found) => Array.from({ length: found.length }, (_, at) => `\\u${hex(found.charCodeAt(at), 4)}`).join(''));
}

function shown(text: string, pattern: RegExp): string {
  return text.replace(pattern, (found: string, belongs?: string) => {
    if (belongs !== undefined) return found;
    const code = found.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
