// Texts of a kubeconfig, in it or in files beside it; those of files are read again, because they are renewed.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodeError, systemErrorCode } from '../../../../base/errors.ts';

export type Source = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

/** As kubectl has it: what stands in the kubeconfig (base64) comes before the file that it names. */
export function pemSource(directory: string, encoded: string | undefined, path: string | undefined): Source | undefined {
  if (encoded !== undefined && encoded !== '') return { kind: 'text', text: Buffer.from(encoded, 'base64').toString() };
  return path === undefined || path === '' ? undefined : { kind: 'file', path: resolve(directory, path) };
}

export function read(source: Source): string {
  return source.kind === 'text' ? source.text : textOf(source.path);
}

/** Errors: `settings_invalid`. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const why = systemErrorCode(thrown) === 'ENOENT' ? 'does not exist' : `cannot be read (${systemErrorCode(thrown) ?? 'unknown'})`;
    throw invalid(
      `The Kubernetes runtime has no access to a cluster: ${path} ${why}.`,
      'Name a kubeconfig file: codectl down, then codectl up --set kubernetes_config=PATH.',
      thrown,
    );
  }
}

export function invalid(message: string, hint: string, cause?: unknown): CodeError {
  return new CodeError('settings_invalid', message, { hint, cause });
}
