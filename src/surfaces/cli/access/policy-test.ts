// `policy test`: questions with the answers that are expected of them, from a file.
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { parseYaml } from '../../../platform/guard/document/yaml.ts';
import type { Input } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { readText } from './policy.ts';
import type { DecisionView } from './views.ts';

type Expected = 'allow' | 'deny' | 'approval';

interface Case {
  readonly name: string;
  readonly expect: Expected;
  readonly question: Input;
}

export async function test(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [file = ''] = given.arguments;
  const tried = given.text('policies');
  const policies = tried === undefined ? undefined : await readText(session, tried);
  const api = await session.api();
  const results = [];
  for (const { name, expect, question } of casesIn(await readText(session, file), file)) {
    const answer = await api.call('policy.decide', { ...question, policies });
    results.push({ name, expect, got: wordOf(answer), reason: answer.reason });
  }
  const failed = results.filter(({ expect, got }) => expect !== got);
  out.document({ cases: results, failed: failed.length });
  for (const { name, expect, got, reason } of results)
    out.text(
      expect === got
        ? `${out.paint('green', 'ok')}   ${name}`
        : `${out.paint('red', 'FAIL')} ${name}: expected ${expect}, got ${got}. ${reason}`,
    );
  out.text(`${results.length - failed.length} of ${results.length} as expected.`);
  return failed.length === 0 ? exit.ok : exit.failed;
}

function wordOf({ allowed, approvals_needed }: DecisionView): Expected {
  if (allowed) return 'allow';
  return approvals_needed === undefined ? 'deny' : 'approval';
}

/** Errors: `usage`. A file without a case is none: it would pass whatever the policies say. */
function casesIn(text: string, file: string): readonly Case[] {
  const cases = parsed(text, file);
  if (!Array.isArray(cases) || cases.length === 0) throw unfit(file, 'a list of cases, each with operation and expect');
  return cases.map((one: unknown, index) => {
    if (typeof one !== 'object' || one === null) throw unfit(file, `a case at number ${index + 1}`);
    const { name = `case ${index + 1}`, expect, as: principal, ...rest } = one as Readonly<Record<string, unknown>>;
    if (expect !== 'allow' && expect !== 'deny' && expect !== 'approval')
      throw unfit(file, `expect: allow, deny or approval, in ${String(name)}`);
    return { name: String(name), expect, question: { ...rest, ...(principal !== undefined && { principal }) } };
  });
}

/** Some thousands of cases. */
const limits = { size: 2 ** 20, depth: 10, values: 100_000 };

function parsed(text: string, file: string): unknown {
  try {
    return parseYaml(text, limits);
  } catch (thrown) {
    throw new CodeError('usage', `${file}: ${asCodeError(thrown).message}`, { cause: thrown });
  }
}

function unfit(file: string, expected: string): CodeError {
  return new CodeError('usage', `${file}: expected ${expected}.`, {
    hint: 'Write a case as { operation: change.apply, as: token:ci, application: shop, environment: production, expect: deny }.',
  });
}
