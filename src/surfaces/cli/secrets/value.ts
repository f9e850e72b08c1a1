// The value of a secret: never an argument. Asked for without being shown, or read from standard input or a file.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { Ended } from '../host.ts';
import type { Session } from '../session.ts';

/** More than any value may have, to be told so by the engine; endless input ends here. */
const mostBytes = 1_000_000;

/** What is typed or piped loses one line feed at its end, which editors and `echo` add; a file is taken as it is. Errors: `usage`. */
export async function readValue(session: Session, name: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return textOf(await fileAt(session.path(file)), `--from-file ${file}`);
  const { stdin } = session.world;
  if (stdin.isTTY === true) return asked(session, name);
  const bytes = await allOf(stdin, 'Standard input');
  if (bytes.length === 0)
    throw new CodeError('usage', 'No value came on standard input.', { hint: `printf %s "$VALUE" | codectl secret set ${name}` });
  return textOf(bytes, 'Standard input').replace(/\r?\n$/, '');
}

async function allOf(source: NodeJS.ReadableStream, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > mostBytes) throw new CodeError('usage', `${what} is too long for a secret.`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

async function asked({ world, signal }: Session, name: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = createInterface({ input: world.stdin, output: unseen, terminal: true });
  let lines = 0;
  asking.on('line', () => (lines += 1));
  world.stderr.write(`Value of ${name} (not shown): `);
  try {
    const answer = await new Promise<string | undefined>((resolve, reject) => {
      asking.once('close', () => resolve(undefined));
      // Nobody else hears Ctrl-C while the terminal hands on every key.
      asking.once('SIGINT', () => reject(new Ended('interrupted')));
      asking.question('', { signal }).then(resolve, reject);
    });
    // What was pasted is there at once, and the rest of it would be taken for commands by the shell.
    await nextTurn();
    if (lines > 0 || asking.line !== '')
      throw new CodeError('usage', 'What came has several lines, and only the first would be kept; nothing was changed.', {
        hint: `Give it as a file: codectl secret set ${name} --from-file FILE`,
      });
    if (answer === undefined || answer === '') throw new CodeError('usage', 'No value was given; nothing was changed.');
    return answer;
  } finally {
    asking.close();
    world.stderr.write('\n');
  }
}

async function fileAt(path: string): Promise<Buffer> {
  try {
    return await allOf(createReadStream(path), `--from-file ${path}`);
  } catch (thrown) {
    if (thrown instanceof CodeError) throw thrown;
    throw new CodeError('usage', `--from-file: ${asCodeError(thrown).message}`, { cause: thrown });
  }
}

function textOf(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CodeError('usage', `${what} is no text (UTF-8).`, {
      hint: 'Encode it, for example with base64, and decode it in the service.',
    });
  }
}
