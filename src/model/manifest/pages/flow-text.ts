// A value as YAML on one line, the way people write it in a manifest.
import { parse } from 'yaml';

/** `[node, server.js]`, `{ cpu: 0.5 }`, `60s` */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${key}: ${flowText(member)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return typeof value === 'string' && !isPlain(value) ? JSON.stringify(value) : String(value);
}

/** Whether the text means itself without quotes, in lists and mappings too. */
function isPlain(text: string): boolean {
  return /^[\w./~][\w./~%@+=:-]*$/.test(text) && parse(text) === text;
}
