// An answer as a probe sees it, and the piece of it that becomes evidence.
import type { ProbeEvidence } from '../../model/proving/probe.ts';
import type { WireAnswer } from '../../platform/attack/answers.ts';

export interface Seen {
  /** As it was sent, without its fields: `GET /search?q=…`. */
  readonly request: string;
  readonly path: string;
  readonly status: number;
  readonly body: string;
  /** Of the media type, without parameters, in lower case. */
  readonly type: string;
  /** The first one of this name. */
  field(name: string): string | undefined;
  fields(name: string): readonly string[];
  readonly answer: WireAnswer;
}

export function seenOf(request: string, path: string, answer: WireAnswer): Seen {
  const fields = (name: string) => answer.fields.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
  const field = (name: string) => fields(name)[0];
  return {
    request,
    path,
    status: answer.status,
    body: answer.body.toString('utf8'),
    type: (field('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    field,
    fields,
    answer,
  };
}

export const isFine = ({ status }: Seen): boolean => status >= 200 && status < 300;
/** A browser that is not told what it is looks for itself. */
export const isHtml = ({ type, body }: Seen): boolean => type === 'text/html' || (type === '' && /<html|<!doctype html/i.test(body));

const longest = 200;

/** The words around a place of a text, on one line. */
export function pieceAround(text: string, found: string | RegExp): string {
  const at = typeof found === 'string' ? text.indexOf(found) : text.search(found);
  const begin = Math.max(0, at - 40);
  return text
    .slice(begin, begin + longest)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function evidenceOf(seen: Seen, piece: string, because: string): ProbeEvidence {
  return { request: seen.request.slice(0, longest), answered: String(seen.status), piece: piece.slice(0, longest), because };
}
