// What a request says of itself in its head, for whoever passes it on: it is refused where that is not what stands in its content.
import type { Json } from '../schema.ts';
import { isObject, propertiesOf } from '../schema.ts';

export const headerKey = 'x-mcp-header';
/** `HeaderMismatch` of revision 2026-07-28. */
const mismatch = -32_020;

/** Refuses a `tools/call` whose `Mcp-Param-…` fields are not its arguments, by those that the tool's schema names. */
export function refusalByHead(content: unknown, headers: Headers, schemaOf: (tool: string) => Json | undefined): Response | undefined {
  if (!isObject(content) || content['method'] !== 'tools/call' || !isObject(content['params'])) return undefined;
  const { name, arguments: given } = content['params'];
  const schema = typeof name === 'string' ? schemaOf(name) : undefined;
  if (!schema || !isObject(given)) return undefined;
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const named = property[headerKey];
    const problem = typeof named === 'string' ? problemWith(`Mcp-Param-${named}`, headers, given[key]) : undefined;
    if (problem !== undefined) return refused(content['id'], `${problem} (argument ${key}).`);
  }
  return undefined;
}

/** What is not given in the content need not stand in the head, and nobody looks at it there. */
function problemWith(header: string, headers: Headers, given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  const found = headers.get(header);
  if (found === null) return `The field ${header} is missing`;
  const value = decoded(found.trim());
  if (value === undefined) return `The field ${header} is not in the form of =?base64?…?=`;
  return value === textOf(given) ? undefined : `The field ${header} says something else than the content`;
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** `undefined` for what says it is Base64 and is not. */
function decoded(value: string): string | undefined {
  if (!value.startsWith('=?base64?') || !value.endsWith('?=')) return value;
  const inner = value.slice('=?base64?'.length, -'?='.length);
  if (!canonical.test(inner)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(inner, 'base64'));
  } catch {
    return undefined;
  }
}

function refused(id: unknown, message: string): Response {
  const known = typeof id === 'string' || typeof id === 'number' ? id : null;
  return Response.json({ jsonrpc: '2.0', id: known, error: { code: mismatch, message: `Bad Request: ${message}` } }, { status: 400 });
}
