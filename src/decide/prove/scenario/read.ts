// Reads a scenario of load from YAML, strictly: what is not known, not captured before, or could never fail is named with its place.
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { Finding } from '../../../model/manifest/finding.ts';
import { manifestError } from '../../../model/manifest/finding.ts';
import { findingsOf } from '../../../model/manifest/issues.ts';
import { readDocument } from '../../../model/manifest/yaml/read.ts';
import type { Arrivals, LoadPhase } from '../../../model/proving/load.ts';
import type { LoadCapture, LoadCheck, LoadFlow, LoadRequest, LoadValues } from '../../../model/proving/scenario.ts';
import { placeholder } from '../../../model/proving/scenario.ts';
import { arrivalForms, readArrivals } from '../../../model/proving/written-arrivals.ts';
import { cannotFail } from '../checks.ts';
import type { Threshold } from '../thresholds.ts';
import { readThreshold, thresholdForm } from '../thresholds.ts';
import type { Draft } from './imported.ts';
import type { WrittenPhase, WrittenScenario, WrittenStep } from './schema.ts';
import { scenarioSchema } from './schema.ts';

export interface Scenario {
  readonly name: string;
  /** Absent: the application's first route. */
  readonly route?: string;
  readonly data: Readonly<Record<string, LoadValues>>;
  /** Their requests have no route yet. */
  readonly flows: readonly LoadFlow[];
  readonly phases: readonly LoadPhase[];
  readonly thresholds: readonly Threshold[];
}

/** Errors: `manifest_unreadable`, `manifest_invalid`, both with every problem and its place. */
export function readScenario(content: string | Uint8Array, file: string): Scenario {
  const document = readDocument(content, file);
  const read = scenarioSchema.safeParse(document.value, { reportInput: true });
  const findings = read.data ? ruleFindings(read.data) : findingsOf(read.error?.issues ?? []);
  const problems = [...document.problems, ...findings.map(document.locate)];
  if (problems.length > 0 || !read.data) throw scenarioError(file, problems);
  const { name = file, route, data = {}, flows, phases = [], thresholds = [] } = read.data;
  return {
    name,
    ...(route !== undefined && { route }),
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, valuesOf(value)])),
    flows: Object.entries(flows).map(([key, { weight, think, steps }]) => ({ name: key, weight, think, steps: stepsOf(key, steps) })),
    phases: phases.flatMap((one) => phaseOf(one) ?? []),
    thresholds: thresholds.flatMap((one) => readThreshold(one) ?? []),
  };
}

/** What the reader would first say against a scenario that a program makes; nothing: it takes it. */
export function problemWith(draft: Draft): string | undefined {
  // Documents are refused for it before any schema sees them.
  if (JSON.stringify(draft).includes('\\u0000')) return 'it holds a NUL character';
  const read = scenarioSchema.safeParse(draft, { reportInput: true });
  const [first] = read.data ? ruleFindings(read.data) : findingsOf(read.error?.issues ?? []);
  return first?.message;
}

function scenarioError(file: string, problems: Parameters<typeof manifestError>[2]): CodeError {
  const { code, message, details } = manifestError('manifest_invalid', file, problems);
  return new CodeError(code, message, { hint: 'codectl prove import openapi FILE writes one to begin with.', details });
}

function valuesOf(value: NonNullable<WrittenScenario['data']>[string]): LoadValues {
  if (!Array.isArray(value)) return { kind: 'range', ...value };
  const [first = '', ...others] = value;
  return { kind: 'list', values: [first, ...others] };
}

function stepsOf(flow: string, steps: readonly WrittenStep[]): LoadFlow['steps'] {
  const [first, ...others] = steps.map((one, index) => requestOf(one, steps.length === 1 ? flow : `${flow}/${index + 1}`));
  if (first === undefined) throw new Error('a flow has a step');
  return [first, ...others];
}

function requestOf({ request, name, protocol, headers, body, json, expect, capture }: WrittenStep, otherwise: string): LoadRequest {
  const [method = 'GET', path = '/'] = request.split(' ');
  const sent = json === undefined ? body : JSON.stringify(json);
  return {
    name: name ?? `${otherwise} ${request}`.slice(0, 80),
    method,
    path,
    route: '',
    ...(headers && { headers }),
    ...(sent !== undefined && { body: sent }),
    ...(protocol && { protocol }),
    checks: checksOf(expect).map(({ check }) => check),
    ...(capture && { capture: Object.fromEntries(Object.entries(capture).map(([key, text]) => [key, captureOf(text)])) }),
  };
}

function captureOf(text: string): LoadCapture {
  const [from, path = ''] = text.split(' ');
  return { from: from === 'header' ? 'header' : 'json', path };
}

/** Each with where it is written. */
function checksOf(expect: WrittenStep['expect']): readonly { readonly check: LoadCheck; readonly at: readonly string[] }[] {
  if (expect === undefined) return [];
  const { status, contains, header = {}, json = {} } = expect;
  return [
    ...(status === undefined ? [] : [{ check: { kind: 'status', is: [status].flat() } as const, at: ['status'] }]),
    ...(contains === undefined ? [] : [{ check: { kind: 'contains', text: contains } as const, at: ['contains'] }]),
    ...Object.entries(header).map(([name, text]) => ({ check: { kind: 'header', name, contains: text } as const, at: ['header', name] })),
    ...Object.entries(json).map(([path, is]) => ({
      check: { kind: 'json', path, ...(is !== '*' && { is }) } as const,
      at: ['json', path],
    })),
  ];
}

function phaseOf(written: WrittenPhase): LoadPhase | undefined {
  const arrivals = phaseArrivals(written);
  return arrivals && { name: written.name, lasts: written.lasts, arrivals };
}

function phaseArrivals({ rate, arrivals, replay, users, think }: WrittenPhase): Arrivals | undefined {
  const ways = [arrivals ?? rate, replay, users].filter((one) => one !== undefined);
  if (ways.length !== 1 || (think !== undefined && users === undefined)) return undefined;
  if (users !== undefined) return { kind: 'users', users, think: think ?? 1_000 };
  if (replay !== undefined) return { kind: 'replay', rates: replay };
  return openArrivals(arrivals, rate);
}

function openArrivals(text = 'poisson', rate?: number): Arrivals | undefined {
  const read = readArrivals(text, rate ?? 0);
  // A rate is of those that have one, and they need it.
  return read !== undefined && 'rate' in read === (rate !== undefined) ? read : undefined;
}

/** What no schema can say. */
function ruleFindings({ data = {}, flows, phases = [], thresholds = [] }: WrittenScenario): readonly Finding[] {
  const ranges = Object.entries(data).flatMap(([key, value]): Finding[] =>
    Array.isArray(value) || value.from <= value.to ? [] : [{ path: ['data', key, 'to'], message: `is below from (${value.from})` }],
  );
  const steps = Object.entries(flows).flatMap(([key, { steps }]) => flowFindings(key, steps, Object.keys(data)));
  const forms = `one of rate, arrivals (${Object.values(arrivalForms).join(', ')}), replay, or users with think`;
  const unread = phases.flatMap((one, at): Finding[] =>
    phaseArrivals(one) === undefined ? [{ path: ['phases', at], message: `says no arrivals that fit together, expected ${forms}` }] : [],
  );
  const vague = thresholds.flatMap((one, at): Finding[] =>
    readThreshold(one) === undefined
      ? [{ path: ['thresholds', at], message: `expected ${thresholdForm}, got ${JSON.stringify(one)}` }]
      : [],
  );
  return [...ranges, ...steps, ...unread, ...vague, ...twice(phases)];
}

/** The name of a phase is that of its exhibit. */
function twice(phases: readonly WrittenPhase[]): readonly Finding[] {
  const names = phases.map(({ name }) => name);
  return names.flatMap((name, at): Finding[] =>
    names.indexOf(name) === at ? [] : [{ path: ['phases', at, 'name'], message: `there is another phase ${name}` }],
  );
}

function flowFindings(flow: string, steps: readonly WrittenStep[], data: readonly string[]): readonly Finding[] {
  const known = new Set(data);
  return steps.flatMap((step, index) => {
    const path = ['flows', flow, 'steps', index];
    const found = [...unknownNames(step, known, path), ...contradictions(step, path), ...idleChecks(step, path)];
    for (const name of Object.keys(step.capture ?? {})) known.add(name);
    return found;
  });
}

function unknownNames(
  { request, headers = {}, body, json }: WrittenStep,
  known: ReadonlySet<string>,
  path: Finding['path'],
): readonly Finding[] {
  const texts: readonly (readonly [Finding['path'], string])[] = [
    [['request'], request],
    ...Object.entries(headers).map(([name, text]): [Finding['path'], string] => [['headers', name], text]),
    ...(body === undefined ? [] : ([[['body'], body]] as const)),
    ...(json === undefined ? [] : ([[['json'], JSON.stringify(json)]] as const)),
  ];
  return texts.flatMap(([where, text]) =>
    [...text.matchAll(placeholder)].flatMap(([, name = '']): Finding[] =>
      known.has(name)
        ? []
        : [
            {
              path: [...path, ...where],
              message: `nothing is known as {${name}} here${didYouMean(name, known)}: name it under data, or capture it in a step before`,
            },
          ],
    ),
  );
}

function contradictions({ body, json, protocol, request }: WrittenStep, path: Finding['path']): readonly Finding[] {
  const both = body !== undefined && json !== undefined ? [{ path: [...path, 'json'], message: 'give body or json, not both' }] : [];
  const odd =
    protocol !== undefined && protocol !== 'http' && !request.startsWith('GET ')
      ? [{ path: [...path, 'request'], message: `${protocol === 'events' ? 'a stream of events' : 'a WebSocket'} is asked for with GET` }]
      : [];
  return [...both, ...odd];
}

/** Tried on planted wrong answers: what finds fault with none of them proves nothing. */
function idleChecks({ expect }: WrittenStep, path: Finding['path']): readonly Finding[] {
  return checksOf(expect)
    .filter(({ check }) => cannotFail(check))
    .map(({ at }) => ({
      path: [...path, 'expect', ...at],
      message: 'this check cannot fail: it held of every wrong answer that was planted',
    }));
}
