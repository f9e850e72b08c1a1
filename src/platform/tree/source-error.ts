// Refusals of the file system while a user's directory is read, in words about that directory (and not about the engine's home).
import { CodeError, systemErrorCode } from '../../base/errors.ts';

/** `source_missing` for what cannot be read, `source_changed` for what went away meanwhile; anything else is returned as it came. */
export function sourceError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  const details = { path, system: code };
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EISDIR') return sourceChanged(path, error);
  if (code === 'EACCES' || code === 'EPERM')
    return new CodeError('source_missing', `${path} cannot be read: permission is denied.`, {
      hint: 'Make it readable for the user of the daemon, or name it in .codeignore when the service does not need it.',
      details,
      cause: error,
    });
  return error;
}

export function sourceChanged(path: string, cause?: unknown): CodeError {
  return new CodeError('source_changed', `${path} changed while it was being read.`, {
    hint: 'Wait until builds and editors are done with it, then deploy again.',
    details: { path },
    cause,
  });
}
