// A description of an API (OpenAPI 3) as a scenario: a flow for each operation that can be asked without changing anything, or of all with examples.
import { CodeError } from '../../../base/errors.ts';
import type { Draft, DraftStep, Imported } from './imported.ts';
import { imported, isRecord, listIn, requestText } from './imported.ts';
import { problemWith } from './read.ts';

const safe: ReadonlySet<string> = new Set(['get', 'head']);
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

type Members = Readonly<Record<string, unknown>>;
type Data = NonNullable<Draft['data']>;

/** `writes`: operations that change something, too, where they have an example. Errors: `input_invalid` for what is no such description. */
export function scenarioFromOpenApi(document: unknown, file: string, writes: boolean): Imported {
  const paths = isRecord(document) ? document['paths'] : undefined;
  if (!isRecord(document) || !String(document['openapi']).startsWith('3.') || !isRecord(paths))
    throw new CodeError('input_invalid', `${file} is no description of an API: it has no openapi 3.x with paths.`, {
      hint: 'Give an OpenAPI 3 document, in JSON or YAML.',
    });
  const notes: string[] = [];
  const data: Data = {};
  const flows: Draft['flows'] = {};
  for (const one of operationsIn(paths)) {
    const made = safe.has(one.method) || writes ? stepOf(document, one) : 'it changes something (add --writes)';
    const name = `${one.method.toUpperCase()} ${one.path}`;
    if (typeof made === 'string') notes.push(`${name} left out: ${made}.`);
    else {
      Object.assign(data, made.data);
      flows[flowName(name)] = { steps: [made.step] };
    }
  }
  return imported({ ...(Object.keys(data).length > 0 && { data }), flows }, notes, file);
}

function operationsIn(paths: Members): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = isRecord(item) ? item[method] : undefined;
      return isRecord(item) && isRecord(operation) ? [{ path, method, item, operation }] : [];
    }),
  );
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly item: Members;
  readonly operation: Members;
}

/** Or why not. */
function stepOf(root: Members, { path, method, item, operation }: Operation): { readonly step: DraftStep; readonly data: Data } | string {
  const data: Data = {};
  const query: string[] = [];
  let filled = path;
  for (const given of [...listIn(item['parameters']), ...listIn(operation['parameters'])]) {
    const parameter = resolved(root, given);
    if (!isRecord(parameter) || (parameter['in'] !== 'path' && parameter['required'] !== true)) continue;
    const name = String(parameter['name']);
    const values = valuesOf(root, parameter);
    if (values === undefined) return `nobody says what its parameter ${name} may be (give it an example)`;
    const key = keyOf(`${path} ${name}`, name);
    if (parameter['in'] === 'path') filled = filled.replaceAll(`{${name}}`, `{${key}}`);
    else if (parameter['in'] === 'query') query.push(`${encodeURIComponent(name)}={${key}}`);
    else return `its parameter ${name} is a header or a cookie`;
    data[key] = values;
  }
  const body = bodyOf(root, operation['requestBody']);
  if (typeof body === 'string') return body;
  const request = requestText(method, query.length === 0 ? filled : `${filled}?${query.join('&')}`);
  if (request === undefined) return 'its path cannot be written as a step';
  const step = { request, ...body, ...expectOf(operation) };
  // Such as a name in its path that no parameter explains: one odd operation must not spoil the file.
  return problemWith({ data, flows: { one: { steps: [step] } } }) ?? { step, data };
}

/** An example, else what the schema allows; undefined: anything. */
function valuesOf(root: Members, parameter: Members): Data[string] | undefined {
  const schema = resolved(root, parameter['schema']);
  const shape: Members = isRecord(schema) ? schema : {};
  const examples = [
    parameter['example'],
    ...Object.values(isRecord(parameter['examples']) ? parameter['examples'] : {}).map(valueIn),
    shape['example'],
    shape['default'],
  ];
  const known = [...examples, ...listIn(shape['enum'])].filter((one) => ['string', 'number', 'boolean'].includes(typeof one));
  if (known.length > 0) return [...new Set(known.map(String))].slice(0, 1_000);
  const { type, minimum, maximum } = shape;
  if (type !== 'integer') return undefined;
  const from = typeof minimum === 'number' ? Math.ceil(minimum) : 1;
  return { from, to: typeof maximum === 'number' ? Math.max(from, Math.floor(maximum)) : from + 99 };
}

function valueIn(example: unknown): unknown {
  return isRecord(example) ? example['value'] : undefined;
}

function bodyOf(root: Members, given: unknown): { readonly json?: unknown } | string {
  const body = resolved(root, given);
  if (!isRecord(body)) return {};
  const content = isRecord(body['content']) ? body['content']['application/json'] : undefined;
  const example = isRecord(content)
    ? (content['example'] ?? Object.values(isRecord(content['examples']) ? content['examples'] : {}).map(valueIn)[0])
    : undefined;
  if (example !== undefined) return { json: example };
  return body['required'] === true ? 'its body has no example in application/json' : {};
}

function expectOf({ responses }: Members): { readonly expect?: { readonly status: number[] } } {
  const good = Object.keys(isRecord(responses) ? responses : {}).filter((one) => /^[23]\d\d$/.test(one));
  return good.length === 0 ? {} : { expect: { status: good.slice(0, 20).map(Number) } };
}

/** References inside the document only, a few steps far. */
function resolved(root: Members, value: unknown, further = 5): unknown {
  const to = isRecord(value) ? value['$ref'] : undefined;
  if (typeof to !== 'string') return value;
  if (!to.startsWith('#/') || further === 0) return undefined;
  let found: unknown = root;
  for (const key of to.slice(2).split('/')) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isRecord(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return resolved(root, found, further - 1);
}

/** Parameters of the same name may be different things at different paths. */
function keyOf(where: string, name: string): string {
  const words = where
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '');
  return (words || name.toLowerCase().replaceAll(/[^a-z]/g, '') || 'value').slice(-40).replace(/^[_0-9]+/, '') || 'value';
}

function flowName(text: string): string {
  return text.replaceAll(/[^\w ./-]+/g, '').slice(0, 60) || 'operation';
}
