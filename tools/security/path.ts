// The guard of paths, asked with a real directory: plain files, links of all kinds that lead out of it, and a neighbour whose name begins like its own.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hasCode } from '../../src/base/errors.ts';
import { openBeneath } from '../../src/platform/guard/beneath.ts';
import { spelled } from './corpus.ts';
import type { Judge } from './judges.ts';

export type Open = (root: string, path: string) => Promise<FileHandle>;

export interface Ground {
  readonly root: string;
  readonly judge: (side: 'attack' | 'benign', open?: Open) => Judge;
  close(): void;
}

/** Link → where it leads. `..` from the directory itself is where `secret` is. */
const links: Readonly<Record<string, string>> = {
  out: '{base}',
  outfile: '{base}/secret',
  up: '..',
  rootlink: '/',
  etc: '/etc',
  proc: '/proc',
  self: '/proc/self',
  loop: 'loop2',
  loop2: 'loop',
  dangling: '{base}/nowhere',
  evil: '../root-evil',
  'dir/back': '../..',
  'dir/backfile': '../../secret',
  'dir/deep/up2': '../../..',
  'dir/deep/abs': '{base}',
  'dir/inlink': '.',
  inlink: 'dir',
  infile: 'file',
  here: '.',
  twice: 'out',
  chain: 'twice',
  dots: './dir/../..',
  rel: './here',
};

const sockets = ['socket', 'dir/deep/socket'];

export function openGround(): Ground {
  const base = mkdtempSync(join(tmpdir(), 'code-path-'));
  const root = join(base, 'root');
  for (const directory of ['root/dir/deep', 'root-evil', 'sub']) mkdirSync(join(base, directory), { recursive: true });
  for (const file of ['secret', 'sub/secret', 'root-evil/secret', 'root/file', 'root/dir/inner', 'root/dir/deep/leaf'])
    writeFileSync(join(base, file), file);
  for (const [name, target] of Object.entries(links)) symlinkSync(target.replace('{base}', base), join(root, name));
  for (const pipe of ['pipe', 'dir/pipe']) execFileSync('mkfifo', [join(root, pipe)]);
  mkdirSync(join(root, 'empty'));
  const servers = sockets.map((path) => createServer().listen(join(root, path)));
  return {
    root,
    judge:
      (side, open = openBeneath) =>
      (value) => {
        const path = String(spelled(value)).replace('{root}', root);
        return side === 'attack' ? refusal(open, root, path) : trouble(open, root, path);
      },
    close: () => {
      for (const server of servers) server.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Only what the guard says counts: that a file is not there by chance is no refusal. */
async function refusal(open: Open, root: string, path: string): Promise<string | undefined> {
  try {
    const file = await open(root, path);
    await file.close();
    return undefined;
  } catch (thrown) {
    return hasCode(thrown, 'input_invalid') || hasCode(thrown, 'denied') ? thrown.message : undefined;
  }
}

/** The file is made first, unless it is there, and has to be the one that is opened. */
async function trouble(open: Open, root: string, path: string): Promise<string | undefined> {
  const place = join(root, 'plain');
  mkdirSync(dirname(`${place}/${path}`), { recursive: true });
  writeFileSync(`${place}/${path}`, path);
  try {
    const file = await open(place, path);
    const content = await file.readFile('utf8');
    await file.close();
    rmSync(place, { recursive: true });
    return content === path ? undefined : 'another file was opened';
  } catch (thrown) {
    return String(thrown);
  }
}
