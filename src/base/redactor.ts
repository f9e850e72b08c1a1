// Hides known values in texts, in every form in which programs print them: as they are, escaped, URL-encoded, in base64.

import { KnownTexts } from './known-texts.ts';

export const hiddenText = '[redacted]';

/** In place of output while nobody can say what is secret in it. */
const unseenText = '[not shown: the secrets of this engine cannot be opened, see codectl doctor]\n';

/** Below this many characters a value is not looked for: it would be found in everything. */
export const shortestHidden = 6;

/** Members that name things. Nobody writes free text there. */
const naming: ReadonlySet<string> = new Set(
  'application environment service release instance deployment task node runtime name id plan_id digest previous hash kind state stage '
    .concat('outcome operation principal call at host path stream')
    .split(' '),
);

export class Redactor {
  #known = new KnownTexts(new Set(), shortestHidden);

  /** There are values that it was not told: then no output can be shown. */
  blind = false;

  /** From now on these are hidden, and no others. */
  know(values: Iterable<string>): void {
    this.blind = false;
    this.#known = new KnownTexts(new Set([...values].flatMap(partsOf).flatMap(formsOf)), shortestHidden);
  }

  get idle(): boolean {
    return this.#known.none && !this.blind;
  }

  hide(text: string): string {
    return this.#known.none ? text : this.#hidden(text, false).shown;
  }

  /** Of what programs print. */
  output(text: string): string {
    return this.blind && text !== '' ? unseenText : this.hide(text);
  }

  /** In every text of a JSON value but those that name things: whoever follows them must find the same thing. */
  hideAll<T>(value: T): T {
    return this.#known.none ? value : (this.#inside(value) as T);
  }

  #inside(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((one) => this.#inside(one));
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, typeof member === 'string' && naming.has(key) ? member : this.#inside(member)]),
    );
  }

  /** For text that comes in pieces, cut anywhere: what may be the beginning of a value waits for the next piece, or for the end. */
  pieces(): Pieces {
    let held = '';
    return {
      next: (piece) => {
        if (this.blind) return this.output(piece);
        const { shown, rest } = this.#hidden(held + piece, true);
        held = rest;
        return shown;
      },
      end: () => {
        const rest = held;
        held = '';
        return this.output(rest);
      },
    };
  }

  /** `more`: it goes on, so that what could become a value is left over. However many values there are, a text is walked once. */
  #hidden(text: string, more: boolean): { readonly shown: string; readonly rest: string } {
    const parts: string[] = [];
    let [from, at] = [0, 0];
    const ends = (place: number) => place >= text.length || (more && this.#known.mayGoOn(text, place));
    while (!ends(at)) {
      const length = this.#known.lengthAt(text, at);
      if (length > 0) {
        parts.push(text.slice(from, at), hiddenText);
        from = at + length;
      }
      at += Math.max(1, length);
    }
    return { shown: parts.join('') + text.slice(from, at), rest: text.slice(at) };
  }
}

export interface Pieces {
  next(piece: string): string;
  /** What was held back. */
  end(): string;
}

/** The value, and the lines of one that has several: output is read line by line. Borders of PEM blocks hide nothing. */
function partsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/);
  const own = lines.length < 2 ? [] : lines.map((line) => line.trim()).filter((line) => !/^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/.test(line));
  return [value, value.trimEnd(), ...own].filter((one) => one.length >= shortestHidden);
}

function formsOf(value: string): readonly string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const inUrl = new URLSearchParams([['', value]]).toString().slice(1);
  const plain = [value, escaped, JSON.stringify(escaped).slice(1, -1), encodeURI(value), encodeURIComponent(value), inUrl];
  return [...plain, ...encoded(value)].filter((form) => form.length >= shortestHidden);
}

/** Base64 in each of the three places where a value can stand in a longer text, without the characters that its neighbours share. */
function encoded(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const begin = [0, 2, 3][before] ?? 0;
    const shared = (before + bytes.length) % 3 === 0 ? 0 : 1;
    const core = text.slice(begin, text.length - shared);
    return core.length < shortestHidden ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
