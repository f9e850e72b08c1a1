// `npm run certificates -- process|swarm [--profile standard] [--write docs/certificates]`: the engine certifies an application that it has deployed here,
// on processes the sample shop, on a Swarm of three nodes a small service with an instance on each of them. Certificate and evidence are kept below the
// directory, by runtime; whatever its level, it is only kept if it can be verified. Nothing else of the run stays.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { codectl } from '../demo/codectl.ts';
import { openProcesses } from './processes.ts';
import type { Subject } from './subject.ts';
import { openNodes } from './swarm.ts';

const options = { profile: { type: 'string', default: 'standard' }, write: { type: 'string', default: 'docs/certificates' } } as const;
const usage = 'npm run certificates -- process|swarm [--profile quick|standard|full] [--write DIRECTORY]';
const subjects: Readonly<Record<string, (workplace: string) => Promise<Subject>>> = { process: openProcesses, swarm: openNodes };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Errors: when something that must hold for any certificate does not. */
async function certify(subject: Subject, home: string, profile: string, out: string): Promise<void> {
  await must(home, ['up', '--set', 'gateway_listen=127.0.0.1:0', '--set', 'api_listen=127.0.0.1:0', ...subject.settings]);
  for (const version of ['v1', 'v2']) {
    await subject.edit(version);
    await must(home, ['deploy', '-f', subject.manifest, '--yes']);
  }
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const words = ['certify', subject.application, '--profile', profile, '--file', subject.manifest, '--out', out, ...subject.wishes];
  const code = await codectl(home, words);
  if (code !== 0 && code !== 13) throw new Error(`codectl certify ended with ${code}, expected 0 (certified) or 13 (not certified)`);
  // Offline, by the key that lies beside it: that it is ours says the commit that it comes with.
  await must(home, ['certificate', 'verify', join(out, 'certificate.intoto.json'), '--key', join(out, 'key.pub')]);
}

async function must(home: string, words: readonly string[]): Promise<void> {
  const code = await codectl(home, words);
  if (code !== 0) throw new Error(`codectl ${words.slice(0, 2).join(' ')} ended with ${code}`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [runtime = ''] = positionals;
  const open = subjects[runtime];
  if (!open || positionals.length > 1) {
    process.stderr.write(`Of what? One of ${Object.keys(subjects).join(', ')}.\nUsage: ${usage}\n`);
    return 2;
  }
  const workplace = await mkdtemp(join(tmpdir(), 'codectl-certificates-'));
  const home = join(workplace, 'home');
  try {
    await using subject = await open(workplace);
    try {
      await certify(subject, home, values.profile, join(values.write, runtime));
    } finally {
      await codectl(home, ['down', '--all', '--yes'], 'quiet');
    }
    say(`\nKept in ${join(values.write, runtime)}; read summary.md there.`);
    return 0;
  } catch (thrown) {
    process.stderr.write(`No certificate was made: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return 1;
  } finally {
    await rm(workplace, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exit(await main());
