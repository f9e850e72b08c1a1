// What the CLI prints: answers, progress, JSON. Which of them is wanted is decided here, once.
import { styleText } from 'node:util';
import { visible, visibleJson, visibleWithColours } from '../../platform/guard/text.ts';
import type { Terminal } from './host.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'blue';
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

export interface Out {
  readonly json: boolean;
  /** Somebody looks at a terminal: lines may be redrawn. */
  readonly live: boolean;
  readonly columns: number;
  /** How wide a line may be; undefined where nobody looks at a terminal. */
  readonly width: number | undefined;
  readonly paint: Paint;
  /** The answer for people; nothing with `--json`. */
  text(text: string): void;
  /** What happens on the way; nothing with `--json` or `--quiet`. */
  note(text: string): void;
  /** Worth saying beside the answer, whatever was asked for; goes to stderr. */
  aside(text: string): void;
  /** The answer for programs, with `--json` only: one document. */
  document(value: unknown): void;
  /** The same for one item of a sequence: one line. */
  item(value: unknown): void;
  /** As it is, for what is drawn or passed through. */
  raw(text: string): void;
}

export interface OutOptions {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  /** False by `--no-color`. */
  readonly colour: boolean;
}

export function createOut({ stdout, stderr, environment, json, quiet, colour }: OutOptions): Out {
  const terminal = stdout.isTTY === true;
  const coloured = colour && !json && wantsColour(terminal, environment);
  // Names, reasons and log lines come from instances and other people: they are shown, never obeyed.
  const safe = coloured ? visibleWithColours : visible;
  return {
    json,
    live: terminal && !json && !quiet && environment['TERM'] !== 'dumb',
    get columns() {
      return stdout.columns ?? 80;
    },
    get width() {
      return terminal ? stdout.columns : undefined;
    },
    paint: coloured ? (style, text) => styleText(style, text, { validateStream: false }) : plain,
    text: (text) => void (json || stdout.write(`${safe(text)}\n`)),
    note: (text) => void (json || quiet || stdout.write(`${safe(text)}\n`)),
    aside: (text) => void stderr.write(`${safe(text)}\n`),
    document: (value) => void (json && stdout.write(`${visibleJson(JSON.stringify(value, null, 2))}\n`)),
    item: (value) => void (json && stdout.write(`${visibleJson(JSON.stringify(value))}\n`)),
    raw: (text) => void stdout.write(text),
  };
}

/** https://no-color.org, and its opposite. */
function wantsColour(terminal: boolean, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment['NO_COLOR']) return false;
  if (environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0') return true;
  return terminal && environment['TERM'] !== 'dumb';
}
