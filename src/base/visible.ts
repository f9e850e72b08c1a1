// Text that came from somewhere else, made safe for a terminal: what would move the cursor, set a title, reach the clipboard or turn the
// reading direction is shown instead of obeyed. Line feeds and tabs stay.

// C0 and C1 controls, DEL, and the bidirectional controls of Unicode (UAX #9).
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// The colours that the product itself paints with; an instance may use them, too.
// oxlint-disable-next-line no-control-regex
const colours = /(\u001b\[(?:[0-2]|22|3[0-79]|9[0-7])m)/;

export function visible(text: string): string {
  return text.replace(unsafe, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** As `visible`, but plain colours take effect. */
export function visibleWithColours(text: string): string {
  return text
    .split(colours)
    .map((part) => (colours.test(part) ? part : visible(part)))
    .join('');
}
