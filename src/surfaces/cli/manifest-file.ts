// The manifest of the user's directory: read, parsed and resolved here first, so that errors come early and with their positions.
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { parseManifest } from '../../model/manifest/parse.ts';
import { resolveManifest } from '../../model/manifest/resolve.ts';
import type { ApplicationSpec } from '../../model/service.ts';
import { isWithin } from '../../platform/guard/path.ts';
import type { Session } from './session.ts';

export const usualName = 'code.yaml';

export interface ManifestFile {
  /** As the user named it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** The directory that relative paths in it start from. */
  readonly directory: string;
  readonly text: string;
}

/** `undefined` only when no file was named and there is no code.yaml. Errors: `manifest_unreadable`. */
export async function findManifest(session: Session, given: string | undefined): Promise<ManifestFile | undefined> {
  const name = given ?? usualName;
  const path = session.path(name);
  try {
    return { name, path, directory: dirname(path), text: await readFile(path, 'utf8') };
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code === undefined) throw thrown;
    if (given === undefined && code === 'ENOENT') return undefined;
    throw new CodeError('manifest_unreadable', `${name} cannot be read: ${reasons[code] ?? code}.`, {
      hint: 'Name another file with -f, or run "codectl init" to write one.',
      cause: thrown,
    });
  }
}

/** Errors: `manifest_unreadable` with the next step when there is none. */
export async function requireManifest(session: Session, given: string | undefined): Promise<ManifestFile> {
  const found = await findManifest(session, given);
  if (found) return found;
  throw new CodeError('manifest_unreadable', `There is no ${usualName} here.`, { hint: 'Run "codectl init" or name one with -f.' });
}

export function resolveFile({ text, name }: ManifestFile, environment: string | undefined): ApplicationSpec {
  return resolveManifest(parseManifest(text, name), { environment, defaultRuntime: 'process' });
}

/** The pattern of gitignore(5) for the manifest, if it lies in the directory: it is no part of what it ships. */
export function manifestIn(root: string, manifest: string): readonly string[] {
  const path = relative(root, manifest);
  return isWithin(root, manifest) ? [`/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`] : [];
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission is denied',
};
