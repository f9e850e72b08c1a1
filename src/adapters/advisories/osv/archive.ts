// The files of a ZIP archive, one after another; none is kept longer than it is read.
import { Buffer } from 'node:buffer';
import { openPromise } from 'yauzl';

/** No record comes near it: what says more is no record. */
const largest = 32 * 2 ** 20;

/** The texts of the `.json` files in it. Throws an `Error` for an archive that is broken. */
export async function* entriesOf(path: string): AsyncGenerator<{ readonly name: string; readonly text: string }> {
  const archive = await openPromise(path);
  try {
    for await (const entry of archive.eachEntry()) {
      if (!entry.fileName.endsWith('.json')) continue;
      if (entry.uncompressedSize > largest) throw new Error(`${entry.fileName} is larger than any record`);
      const chunks: Buffer[] = [];
      for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      yield { name: entry.fileName, text: Buffer.concat(chunks).toString('utf8') };
    }
  } finally {
    archive.close();
  }
}
