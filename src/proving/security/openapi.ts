// Inputs that an OpenAPI (2 or 3) document tells of: operations with their parameters and the members of their JSON bodies.
import type { Input } from './ground.ts';

type Json = Readonly<Record<string, unknown>>;

const harmless: Readonly<Record<string, string>> = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH' };

/** Empty for whatever is no such document; what deletes is left out. */
export function inputsOfDocument(text: string, mount: string): readonly Input[] {
  const document = parse(text);
  const paths = object(document?.['paths']);
  if (!document || !paths) return [];
  const base = baseOf(document, mount);
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(object(item) ?? {}).flatMap(([verb, operation]): Input[] => {
      const method = harmless[verb];
      const told = object(operation);
      return method && told ? inputsOf(document, { method, path: `${base}${path}` }, told) : [];
    }),
  );
}

function inputsOf(document: Json, { method, path }: Pick<Input, 'method' | 'path'>, operation: Json): Input[] {
  const parameters = list(operation['parameters']).map((one) => resolve(document, object(one)));
  const named = (place: string) =>
    Object.fromEntries(parameters.flatMap((one) => (one?.['in'] === place ? [[String(one['name']), exampleOf(document, one)]] : [])));
  const filled = Object.entries(named('path')).reduce((text, [name, value]) => text.replace(`{${name}}`, value), path);
  if (/[{}]/.test(filled)) return [];
  const query = named('query');
  const body = bodyOf(document, operation);
  const asked: Input = { method, path: filled, place: 'query', values: query };
  return body ? [{ method, path: filled, place: 'json', values: body }] : method === 'GET' ? [asked] : [];
}

function bodyOf(document: Json, operation: Json): Record<string, string> | undefined {
  const content = object(object(operation['requestBody'])?.['content']);
  const schema = resolve(document, object(object(content?.['application/json'])?.['schema']));
  const members = object(schema?.['properties']);
  if (!members) return undefined;
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, exampleOf(document, object(member) ?? {})]));
}

function exampleOf(document: Json, told: Json): string {
  const schema = resolve(document, object(told['schema'])) ?? told;
  const [first] = list(schema['enum']);
  const said = told['example'] ?? schema['example'] ?? schema['default'] ?? first;
  return typeof said === 'string' || typeof said === 'number' ? String(said) : '1';
}

/** The path of the first server, where it is this one. */
function baseOf(document: Json, mount: string): string {
  const url = object(list(document['servers'])[0])?.['url'] ?? document['basePath'];
  const path = typeof url === 'string' ? (URL.parse(url, 'http://site')?.pathname ?? '') : mount;
  return path.replace(/\/$/, '');
}

function resolve(document: Json, told: Json | undefined): Json | undefined {
  const reference = told?.['$ref'];
  if (typeof reference !== 'string') return told;
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<Json | undefined>((at, name) => object(at?.[name]), document);
}

function parse(text: string): Json | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
