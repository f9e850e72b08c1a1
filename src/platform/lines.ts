// The lines of a file, one after the other: long files need not be in memory.
import { open } from 'node:fs/promises';

/** Without their line ends, of either kind. Errors: the system's, when the file cannot be opened or read. */
export async function* linesOfFile(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    for await (const line of file.readLines()) yield line;
  } finally {
    await file.close();
  }
}
