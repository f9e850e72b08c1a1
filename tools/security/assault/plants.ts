// Holes planted on purpose: each is a plausible mistake in a copy of the sources, and the class that names it has to notice.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Plant {
  readonly name: string;
  /** Of the class that must notice. */
  readonly noticedBy: string;
  readonly file: string;
  /** Stands there once. */
  readonly before: string;
  readonly after: string;
}

/** One house has them all: none keeps another class from noticing its own, though a class may meet the hole of another one first. */
export const plants: readonly Plant[] = [
  {
    name: 'revoked tokens still count',
    noticedBy: 'authentication',
    file: 'src/access/token-facts.ts',
    before: 'return token.revokedAt === undefined && (token.expiresAt',
    after: 'return (token.expiresAt',
  },
  {
    name: 'one operation asks nobody for leave',
    noticedBy: 'privileges: role × operation × place',
    file: 'src/operations/dispatch.ts',
    before: 'if (verdict.allowed) return;',
    after: "if (verdict.allowed || asked.name === 'lock.release') return;",
  },
  {
    name: 'tasks are found by their ids, whoever asks',
    noticedBy: 'ids of others',
    file: 'src/operations/dispatch.ts',
    before: 'const verdict = await authority.permit(principal, operation, about.place, about.facts);',
    after:
      "const verdict = operation.name === 'jobs.show' ? { allowed: true as const, policies: [] } : await authority.permit(principal, operation, about.place, about.facts);",
  },
  {
    name: 'an approval counts for another digest',
    noticedBy: 'replay',
    file: 'src/operations/applying.ts',
    before: 'if (digest === undefined || digest === plan.digest) return plan;',
    after: "if (digest === undefined || doing === 'approving' || digest === plan.digest) return plan;",
  },
  {
    name: 'a key answers another body',
    noticedBy: 'races',
    file: 'src/access/idempotency.ts',
    before: 'if (value.input !== call.input) throw mismatch(call);',
    after: "if (call.operation !== 'lock.acquire' && value.input !== call.input) throw mismatch(call);",
  },
  {
    name: 'two lengths are one too many to look at',
    noticedBy: 'smuggling',
    file: 'src/gateway/http/request.ts',
    before: 'if (this.chunked && this.length !== -1)',
    after: 'if (this.chunked && this.length === -2)',
  },
  {
    name: 'links in a listing may lead anywhere',
    noticedBy: 'traversal',
    file: 'src/platform/guard/archive.ts',
    before: 'placeProblem(entries) ?? linkProblem(entries);',
    after: 'placeProblem(entries);',
  },
  {
    name: 'a rule for one host is a rule for all',
    noticedBy: 'SSRF',
    file: 'src/platform/guard/network/outbound.ts',
    before: 'isIn(networks, address) || (!isNeverMeant(address) && (rules.length === 0 || listed(host)));',
    after: '!isNeverMeant(address) || listed(host) || isIn(networks, address);',
  },
  {
    name: 'text is shown as it is',
    noticedBy: 'injection: fields, logs, terminal',
    file: 'src/platform/guard/text.ts',
    before: 'return harmless.test(text) ? text : shown(text, inText);',
    after: 'return text;',
  },
  {
    name: 'members more are dropped without a word',
    noticedBy: 'mass assignment',
    file: 'src/operations/groups/lock.ts',
    before: 'input: z.strictObject({ ...scopeInput, message:',
    after: 'input: z.object({ ...scopeInput, message:',
  },
  {
    name: 'a reason may be as long as it likes',
    noticedBy: 'size',
    file: 'src/operations/groups/lock.ts',
    before: ".min(1).max(1_000).describe('Why",
    after: ".min(1).describe('Why",
  },
];

const root = join(import.meta.dirname, '..', '..', '..');

export interface Weakened {
  /** The entry of its daemon. */
  readonly program: string;
  close(): Promise<void>;
}

/** A copy of the sources with all of them. Errors: names the plant whose lines are not there any more. */
export async function weakened(all: readonly Plant[] = plants): Promise<Weakened> {
  const place = await mkdtemp(join(tmpdir(), 'codectl-weak-'));
  await cp(join(root, 'src'), join(place, 'src'), { recursive: true });
  await cp(join(root, 'package.json'), join(place, 'package.json'));
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'));
  for (const { name, file, before, after } of all) {
    const source = await readFile(join(place, file), 'utf8');
    if (source.split(before).length !== 2) throw new Error(`"${name}" cannot be planted: ${file} has its lines not once`);
    await writeFile(
      join(place, file),
      source.replace(before, () => after),
    );
  }
  return { program: join(place, 'src', 'main', 'daemon.ts'), close: () => rm(place, { recursive: true, force: true }) };
}
