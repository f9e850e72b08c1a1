// JSON that somebody else wrote, where what is none counts as nothing said.

/** The value; undefined for a text that is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
