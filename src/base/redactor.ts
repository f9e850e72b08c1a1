// Hides known values in texts, in every form in which programs print them: as they are, escaped, URL-encoded, in base64.

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
  #forms: readonly string[] = [];
  /** Forms by their first characters, the longest first: a value may be part of another. However many there are, a text is walked once. */
  #byBeginning: ReadonlyMap<string, readonly string[]> = new Map();

  /** There are values that it was not told: then no output can be shown. */
  blind = false;

  /** From now on these are hidden, and no others. */
  know(values: Iterable<string>): void {
    this.blind = false;
    const forms = new Set([...values].flatMap(partsOf).flatMap(formsOf));
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
    this.#byBeginning = Map.groupBy(this.#forms, beginningOf);
  }

  get idle(): boolean {
    return this.#forms.length === 0 && !this.blind;
  }

  hide(text: string): string {
    if (this.#forms.length === 0) return text;
    const parts: string[] = [];
    let from = 0;
    for (let at = 0; at + shortestHidden <= text.length; ) {
      const form = this.#byBeginning.get(text.slice(at, at + shortestHidden))?.find((one) => text.startsWith(one, at));
      if (form === undefined) at += 1;
      else {
        parts.push(text.slice(from, at), hiddenText);
        at += form.length;
        from = at;
      }
    }
    return from === 0 ? text : parts.join('') + text.slice(from);
  }

  /** Of what programs print. */
  output(text: string): string {
    return this.blind && text !== '' ? unseenText : this.hide(text);
  }

  /** In every text of a JSON value but those that name things: whoever follows them must find the same thing. */
  hideAll<T>(value: T): T {
    return this.#forms.length === 0 ? value : (this.#inside(value) as T);
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
        const text = this.output(held + piece);
        held = text.slice(this.#safeLength(text));
        return text.slice(0, text.length - held.length);
      },
      end: () => {
        const rest = held;
        held = '';
        return rest;
      },
    };
  }

  /** Up to where no form can have begun that is not complete yet. */
  #safeLength(text: string): number {
    const longest = this.#forms[0]?.length ?? 0;
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1) {
      const tail = text.slice(at);
      if (this.#forms.some((form) => form.startsWith(tail))) return at;
    }
    return text.length;
  }
}

function beginningOf(form: string): string {
  return form.slice(0, shortestHidden);
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
