// The door to the manifest: a file's content in, a manifest or one error with every problem out.
import { checkManifest, type Manifest } from './check.ts';
import { manifestError } from './finding.ts';
import { readDocument } from './yaml/read.ts';

/**
 * Reads `code.yaml`. `file` is only named in messages.
 * Errors: `manifest_unreadable` (not a sane YAML file) and `manifest_invalid`, both with `details.problems`
 * (`{ path, line, column, message }`, all of them, in the order of the file) and one line for each in the message.
 */
export function parseManifest(content: string | Uint8Array, file: string): Manifest {
  const document = readDocument(content, file);
  const { findings, manifest } = checkManifest(document.value);
  // What could not be read was replaced by nothing, and that nothing is wrong too: say only the cause.
  const unread = new Set(document.problems.map(({ path }) => path));
  const located = findings.map(document.locate).filter(({ path }) => !unread.has(path));
  const problems = [...document.problems, ...located];
  if (problems.length > 0 || manifest === undefined) throw manifestError('manifest_invalid', file, problems);
  return manifest;
}
