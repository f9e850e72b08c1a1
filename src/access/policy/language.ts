// The policy language is Cedar: its evaluator, loaded at the first question, with its errors in our words.
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { CodeError } from '../../base/errors.ts';

type Evaluator = typeof Cedar;

/** Something that is wrong with policies as they were written. Lines and columns count from 1; absent where it is about no place. */
export interface PolicyProblem {
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
}

/** One policy of a text. */
export interface WrittenPolicy {
  readonly id: string;
  readonly text: string;
  readonly effect: 'permit' | 'forbid';
  /** Of its annotation `@because`: what those are told whom it forbids something. */
  readonly because?: string;
}

export interface Question {
  readonly principal: Cedar.EntityUid;
  readonly action: Cedar.EntityUid;
  readonly resource: Cedar.EntityUid;
  readonly context: Cedar.Context;
  readonly entities: Cedar.Entities;
}

/** Parsed policies as they are asked; the name is reused when others take their place. */
export interface PolicySet {
  readonly policies: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, string>>;
  readonly links: readonly Cedar.TemplateLink[];
}

export interface Answer {
  readonly allowed: boolean;
  /** Ids of the policies that decided; none: nothing permits it. */
  readonly policies: readonly string[];
  /** Policies that could not be evaluated, and why. */
  readonly broken: readonly string[];
}

let loading: Promise<Language> | undefined;

/** The same one each time. It takes some 30 ms, which nobody who asks nothing should wait for. */
export function loadLanguage(): Promise<Language> {
  loading ??= import('@cedar-policy/cedar-wasm/nodejs').then((evaluator) => new Language(evaluator));
  return loading;
}

export class Language {
  readonly #cedar: Evaluator;

  constructor(cedar: Evaluator) {
    this.#cedar = cedar;
  }

  /** What is wrong with policies: how they are written first, then whether they fit the schema. */
  problemsOf(text: string, schema: string): readonly PolicyProblem[] {
    const parsed = this.#cedar.checkParsePolicySet({ staticPolicies: text });
    if (parsed.type === 'failure') return parsed.errors.map((one) => problemIn(text, one));
    const fit = this.#cedar.validate({ schema, policies: { staticPolicies: text } });
    if (fit.type === 'failure') return fit.errors.map((one) => problemIn(text, one));
    return oncePerPlace(fit.validationErrors.map(({ error }) => problemIn(text, error)));
  }

  /** The policies of a text that parses; `named` gives an id to those without `@id`. Errors: `policy_invalid`. */
  split(text: string, named: (index: number) => string): readonly WrittenPolicy[] {
    const parts = this.#cedar.policySetTextToParts(text);
    if (parts.type === 'failure') throw invalid(parts.errors.map((one) => problemIn(text, one)));
    if (parts.policy_templates.length > 0)
      throw invalid([{ message: 'Templates (?principal, ?resource) are for the engine’s own roles.' }]);
    return parts.policies.map((policy, index) => {
      const read = this.#cedar.policyToJson(policy);
      if (read.type === 'failure') throw invalid(read.errors.map(({ message }) => ({ message })));
      const { effect, annotations } = read.json;
      const because = annotations?.['because'];
      return { id: annotations?.['id'] ?? named(index), text: policy, effect, ...(because && { because }) };
    });
  }

  /** Parses a set and keeps it under the name, in place of what was kept there. */
  prepare(name: string, { policies, templates, links }: PolicySet): void {
    const answer = this.#cedar.preparsePolicySet(name, { staticPolicies: policies, templates, templateLinks: [...links] });
    if (answer.type === 'failure') throw invalid(answer.errors.map(({ message }) => ({ message })));
  }

  ask(name: string, question: Question): Answer {
    const answer = this.#cedar.statefulIsAuthorized({ ...question, preparsedPolicySetId: name, validateRequest: false });
    if (answer.type === 'failure')
      throw new CodeError(
        'internal',
        `A question about permission could not be asked: ${answer.errors.map((one) => one.message).join('; ')}`,
      );
    const { decision, diagnostics } = answer.response;
    const policies: readonly string[] = [...diagnostics.reason];
    return {
      allowed: decision === 'allow',
      policies: policies.toSorted(),
      broken: diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`),
    };
  }
}

/** Errors: always `policy_invalid`. */
export function invalid(problems: readonly PolicyProblem[], file = 'the policies'): CodeError {
  const lines = problems.map(({ line, column, message, hint }) => {
    const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
    return `${place}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
  return new CodeError('policy_invalid', lines.join('\n'), {
    hint: 'Nothing was changed: the policies in force stay so. "codectl policy schema" shows what policies can speak of.',
    details: { problems },
  });
}

/** What does not fit is told for each operation that it could apply to. */
function oncePerPlace(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  const sorted = problems.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || (a.message < b.message ? -1 : 1),
  );
  return [...Map.groupBy(sorted, ({ line, column, message }) => (line === undefined ? message : `${line}:${column}`)).values()].flatMap(
    (same) => same.slice(0, 1),
  );
}

function problemIn(text: string, { message: written, help, sourceLocations }: Cedar.DetailedError): PolicyProblem {
  const [place] = sourceLocations ?? [];
  // Its number among the policies says less than the line.
  const message = written.replace(/^for policy `[^`]*`, /, '');
  const said = { message, ...(help && { hint: help }) };
  if (!place) return said;
  // Offsets count bytes of UTF-8.
  const before = Buffer.from(text).subarray(0, place.start).toString();
  const line = before.split('\n');
  return { line: line.length, column: (line.at(-1)?.length ?? 0) + 1, ...said };
}
