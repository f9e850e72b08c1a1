// Sessions of this user, one for each engine elsewhere: in a file of the home that only its owner reads.
import { join } from 'node:path';
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';

const keptSession = z.object({ secret: z.string(), principal: z.string(), expires_at: z.string() });
const keptSessions = z.record(z.string(), keptSession);

export type KeptSession = z.infer<typeof keptSession>;

const limits = { size: 1_000_000, depth: 5, values: 10_000 };

/** `origin`: of the engine's URL. Errors: `usage` for a file that somebody else wrote. */
export async function keptFor(root: string, origin: string): Promise<KeptSession | undefined> {
  return (await read(root))[origin];
}

/** `undefined` lets go of it. Errors: `usage`, `disk_full`, `home_unwritable`. */
export async function keep(root: string, origin: string, session: KeptSession | undefined): Promise<void> {
  const { [origin]: _, ...others } = await read(root);
  await ensureDirectory(root);
  await writeFileAtomic(fileIn(root), `${JSON.stringify(session ? { ...others, [origin]: session } : others, null, 2)}\n`);
}

async function read(root: string): Promise<z.infer<typeof keptSessions>> {
  const file = fileIn(root);
  const text = await readFileIfExists(file);
  if (text === undefined) return {};
  try {
    return keptSessions.parse(parseJson(text, limits, file));
  } catch (thrown) {
    throw new CodeError('usage', `${file} is not as "codectl login" writes it.`, { hint: 'Remove it, then log in again.', cause: thrown });
  }
}

function fileIn(root: string): string {
  return join(root, 'sessions.json');
}
