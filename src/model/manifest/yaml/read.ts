// From a file's content to plain data that remembers its places; everything that is not one sane YAML document is refused here.
import { type Document, Lexer, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { CodeError } from '../../../base/errors.ts';
import { hasControls } from '../../../base/plain-document.ts';
import { type Finding, type ManifestProblem, manifestError, type Path, pathText } from '../finding.ts';
import { expand, type Place } from './expand.ts';
import { manifestLimits } from './limits.ts';
import { type ScanFinding, scan, unknownTag } from './scan.ts';
import { Unreadable } from './unreadable.ts';

export interface ManifestDocument {
  readonly value: unknown;
  /** Duplicate, dangerous and unsupported keys: wrong, but no reason not to look at the rest. */
  readonly problems: readonly ManifestProblem[];
  locate(finding: Finding): ManifestProblem;
}

/** Errors: `manifest_unreadable` (too large, not UTF-8, not YAML, several documents, too deep, too many aliases). */
export function readDocument(content: string | Uint8Array, file: string): ManifestDocument {
  const text = decode(content, file);
  const lines = new LineCounter();
  const refuse = (problems: readonly { readonly message: string; readonly offset: number }[]) =>
    manifestError(
      'manifest_unreadable',
      file,
      problems.map(({ message, offset }) => ({ path: '', ...position(lines, offset), message })),
    );

  if (hasTooMuch(text)) throw refuse([{ message: `holds more than ${manifestLimits.tokens} words and signs of YAML`, offset: 0 }]);
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The library compares every key with every other; `scan` looks for duplicates in linear time.
    uniqueKeys: false,
  });
  // Syntax errors breed more of their kind; the first few say it all.
  const broken = [...document.errors, ...document.warnings].slice(0, 10);
  if (broken.length > 0) throw refuse(broken.map((error) => ({ message: yamlMessage(error), offset: error.pos[0] })));
  try {
    return placed(document, lines);
  } catch (error) {
    if (error instanceof Unreadable) throw refuse([error]);
    throw error;
  }
}

/** Whoever may plan may send us any text, and while it is read nobody else is served. */
function hasTooMuch(text: string): boolean {
  // Each has at least one character.
  if (text.length <= manifestLimits.tokens) return false;
  let count = 0;
  for (const _ of new Lexer().lex(text)) if (++count > manifestLimits.tokens) return true;
  return false;
}

function placed(document: Document.Parsed, lines: LineCounter): ManifestDocument {
  const scanned = scan(document.contents);
  const { place: root, findings } = expand(document.contents, scanned.targets);
  const problem = (path: Path, message: string, offset: number) => ({ path: pathText(path), ...position(lines, offset), message });
  return {
    value: root.value,
    problems: [...scanned.findings, ...findings].map((found: ScanFinding) => problem(found.path, found.message, found.offset)),
    locate: (finding) => problem(finding.path, finding.message, offsetOf(root, finding)),
  };
}

/** Follows the path as far as it leads: a missing key is shown at the mapping that lacks it. */
function offsetOf(root: Place, { path, orAt, atKey }: Finding): number {
  const first = follow(root, path);
  const second = orAt === undefined ? undefined : follow(root, orAt);
  const best = second !== undefined && second.missing < first.missing ? second : first;
  return atKey && best.missing === 0 ? best.place.keyOffset : best.place.offset;
}

function follow(root: Place, path: Path): { readonly place: Place; readonly missing: number } {
  let place = root;
  for (const [index, step] of path.entries()) {
    const next = place.children.get(step);
    if (next === undefined) return { place, missing: path.length - index };
    place = next;
  }
  return { place, missing: 0 };
}

function position(lines: LineCounter, offset: number): { readonly line: number; readonly column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function decode(content: string | Uint8Array, file: string): string {
  const size = typeof content === 'string' ? content.length : content.byteLength;
  if (size > manifestLimits.size)
    throw new CodeError('manifest_unreadable', `${file} is larger than 256 KiB, expected a manifest of a few kilobytes.`, {
      hint: 'Name the manifest with `-f code.yaml`.',
      details: { file, size, limit: manifestLimits.size },
    });
  const text = typeof content === 'string' ? content : decodeUtf8(content);
  if (text === undefined || text.includes('\uFFFD') || hasControls(text))
    throw new CodeError('manifest_unreadable', `${file} is not UTF-8 text, expected YAML saved as UTF-8.`, {
      hint: 'Save the file as UTF-8, or name another with `-f code.yaml`.',
      details: { file },
    });
  return text;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const yamlMessages: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used as indentation, expected spaces',
  BAD_INDENT: 'the indentation does not fit the lines above, expected the same depth as its neighbours',
  MULTIPLE_DOCS: 'a second document begins here, expected one manifest a file (without a further `---`)',
  RESOURCE_EXHAUSTION: `values are nested deeper than ${manifestLimits.depth} levels`,
  BLOCK_AS_IMPLICIT_KEY: 'a mapping begins in the middle of a line, expected it on a line of its own or its text in quotes',
  TAG_RESOLVE_FAILED: unknownTag,
  NON_STRING_KEY: 'a key is not text, expected a word followed by `:`',
};

function yamlMessage(error: YAMLError): string {
  return yamlMessages[error.code] ?? `not valid YAML: ${error.message.split('\n')[0]?.slice(0, 200)}`;
}
