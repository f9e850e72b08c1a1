// The policy language is Cedar: its evaluator, loaded at the first question, with its errors in our words.
import { setImmediate } from 'node:timers/promises';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { CodeError } from '../../base/errors.ts';
import { nestingOf } from '../../platform/guard/document/nesting.ts';

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

/** Policies that are checked at once: some tens of milliseconds. */
const together = 10;

/**
 * It goes one call deeper with each bracket and each link of a chain. Where its stack ends it ends for good: every question after that fails, whoever
 * asks. Brackets that are some hundred deep are enough for that, and sums of some hundred numbers.
 */
const largest = { brackets: 24, words: 4_000, chain: 120 };

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

  /** What is wrong with policies: how they are written first, then whether they fit the schema. Others have their turn in between: it is work. */
  async problemsOf(text: string, schema: string): Promise<readonly PolicyProblem[]> {
    const { brackets, words, chain } = nestingOf(text);
    if (brackets > largest.brackets) return [{ message: `Expressions are nested deeper than ${largest.brackets} brackets.` }];
    if (words > largest.words) return [{ message: `A policy has more than ${largest.words} words and signs; write several.` }];
    if (chain > largest.chain)
      return [{ message: `A policy has more than ${largest.chain} words and signs without ",", "&&" or "||" between.` }];
    const parsed = this.#cedar.checkParsePolicySet({ staticPolicies: text });
    if (parsed.type === 'failure') return parsed.errors.map((one) => problemIn(text, one));
    const read = this.#cedar.schemaToJson(schema);
    if (read.type === 'failure')
      throw new CodeError('internal', `The schema of policies: ${read.errors.map((one) => one.message).join('; ')}`);
    const problems: PolicyProblem[] = [];
    for (const { from, to } of this.#pieces(text)) {
      await setImmediate();
      const fit = this.#cedar.validate({ schema: read.json, policies: { staticPolicies: text.slice(from, to) } });
      const errors = fit.type === 'failure' ? fit.errors : fit.validationErrors.map(({ error }) => error);
      problems.push(...errors.map((one) => problemIn(text, one, from)));
    }
    return oncePerPlace(problems);
  }

  /** Stretches of a text that parses, of a few policies each. */
  #pieces(text: string): readonly Stretch[] {
    const parts = this.#cedar.policySetTextToParts(text);
    const policies = stretchesOf(parts.type === 'failure' ? [] : parts.policies, text);
    const pieces: Stretch[] = [];
    for (let first = 0; first < policies.length; first += together) {
      const some = policies.slice(first, first + together);
      pieces.push({ from: some[0]?.from ?? 0, to: some.at(-1)?.to ?? 0 });
    }
    // The same words in a comment can be taken for the policy; then the rest of that comment is none.
    const parses = ({ from, to }: Stretch) => this.#cedar.checkParsePolicySet({ staticPolicies: text.slice(from, to) }).type === 'success';
    return pieces.every(parses) ? pieces : [{ from: 0, to: text.length }];
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

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Where each policy stands in the text, one after the other. */
function stretchesOf(policies: readonly string[], text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const policy of policies) {
    const from = text.indexOf(policy, found.at(-1)?.to ?? 0);
    found.push({ from, to: from + policy.length });
  }
  return found;
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

/** `from`: where in the text that begins which the error is about. */
function problemIn(text: string, { message: written, help, sourceLocations }: Cedar.DetailedError, from = 0): PolicyProblem {
  const [place] = sourceLocations ?? [];
  // Its number among the policies says less than the line.
  const message = written.replace(/^for policy `[^`]*`, /, '');
  const said = { message, ...(help && { hint: help }) };
  if (!place) return said;
  // Offsets count bytes of UTF-8.
  const before = text.slice(0, from) + Buffer.from(text.slice(from)).subarray(0, place.start).toString();
  const line = before.split('\n');
  return { line: line.length, column: (line.at(-1)?.length ?? 0) + 1, ...said };
}
