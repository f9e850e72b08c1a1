// The installed program itself: which Node.js it chooses, how quickly help comes, what a shell completes, what a closed pipe does.
import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/surfaces/cli/commands.ts';
import { nodesOf, scriptFor } from '../../src/surfaces/cli/grammar/completion.ts';

const repository = join(import.meta.dirname, '..', '..');
const launcher = join(repository, 'bin', 'codectl.js');
const call = promisify(execFile);
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'codectl-launcher-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function ended(child: ReturnType<typeof spawn>): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (err += text.toString()));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })));
}

/** Makes the process believe that it is an older Node.js, before the launcher looks. */
async function pretending(version: string): Promise<string> {
  const file = join(place, `pretend-${version}.mjs`);
  await writeFile(file, `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`);
  return file;
}

/** A package with nothing but the launcher, and perhaps a pinned "Node.js" that is a shell script. */
async function installed(name: string, pinned?: string): Promise<string> {
  const root = join(place, name);
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await cp(launcher, join(root, 'bin', 'codectl.js'));
  if (pinned !== undefined) {
    const bin = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'node'), `#!/bin/sh\n${pinned}\n`);
    await chmod(join(bin, 'node'), 0o755);
  }
  return join(root, 'bin', 'codectl.js');
}

describe('on an older Node.js', () => {
  it.each(['20.19.4', '24.20.9'])('%s says what it needs and exits 12', async (version) => {
    const program = await installed('bare');
    expect(await ended(spawn(process.execPath, ['--import', await pretending(version), program, 'status']))).toEqual({
      code: 12,
      signal: null,
      out: '',
      err: `error: codectl needs Node.js 24.21 or newer; this is ${version}.\n`,
    });
  });

  it('runs on the pinned one instead, with the same arguments and exit code', async () => {
    const program = await installed('pinned', 'shift; echo "got $*"; exit 7');
    const result = await ended(spawn(process.execPath, ['--import', await pretending('20.1.0'), program, 'deploy', '--json']));
    expect(result).toEqual({ code: 7, signal: null, out: 'got deploy --json\n', err: '' });
  });

  it('hands on signals, and ends by the one that ended the other', async () => {
    const program = await installed('signalled', 'echo ready; exec sleep 60');
    const child = spawn(process.execPath, ['--import', await pretending('20.1.0'), program]);
    const end = ended(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect(await end).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});

describe('on this Node.js', () => {
  it('works through a link, as npm installs it', async () => {
    const link = join(place, 'codectl');
    await symlink(launcher, link);
    expect((await call(process.execPath, [link, '--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows help without loading what only work needs', async () => {
    const seen = join(place, 'seen.mjs');
    await writeFile(
      seen,
      `import { registerHooks } from 'node:module';
       registerHooks({ load(url, context, next) { console.error(url); return next(url, context); } });`,
    );
    const { stderr } = await call(process.execPath, ['--import', seen, launcher, 'deploy', '--help']);
    const loaded = stderr.split('\n').flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
    expect([...new Set(loaded)]).toEqual(['commander']);
  });

  it('is quiet when its reader leaves', async () => {
    const script = `"${process.execPath}" "${launcher}" manifest reference | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await call('bash', ['-c', script]);
    expect([stdout.trim().split('\n').at(-1), stderr]).toEqual(['0', '']);
  });
});

describe('completion', () => {
  const nodes = nodesOf(commands, ['--json']);
  const complete = async (line: string) => {
    const words = line.split(' ');
    const script = `${scriptFor('bash', nodes)}
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _codectl; echo "\${COMPREPLY[*]}"`;
    return (await call('bash', ['-c', script])).stdout.trim().split(' ');
  };

  it('knows commands, their second words and their options in bash', async () => {
    expect(await complete('codectl de')).toEqual(['deploy']);
    expect(await complete('codectl token ')).toEqual(['create', 'certify', 'list', 'revoke', 'rotate']);
    expect(await complete('codectl --json token cr')).toEqual(['create']);
    expect(await complete('codectl deploy --p')).toEqual(['--plan']);
    expect(await complete('codectl deploy --js')).toEqual(['--json']);
    expect(await complete('codectl ')).toEqual([...new Set(commands.map((one) => one.name.split(' ')[0]))]);
  });

  it('has a line for each word in fish, and a function that zsh can take', () => {
    const fish = scriptFor('fish', nodes).split('\n');
    expect(fish).toContain(
      "complete -c codectl -n '__fish_use_subcommand' -f -a deploy -d 'Ship what the manifest declares, and wait for the outcome'",
    );
    expect(fish).toContain("complete -c codectl -n '__fish_seen_subcommand_from token; and __fish_seen_subcommand_from create' -l allow");
    expect(scriptFor('zsh', nodes)).toMatch(/^#compdef codectl\nautoload -U \+X bashcompinit/);
  });
});
