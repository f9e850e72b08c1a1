// The query of a call.

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** With its `?`; '' where nothing is asked. Members that are `undefined` are left out. */
export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[key, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
