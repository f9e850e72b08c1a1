// Services in the order of their needs: a service comes after everything that it needs, and otherwise where the manifest has it.

export interface NeedsOrder {
  readonly order: readonly string[];
  /** Each as a closed round (`api`, `web`, `api`); the first few, empty when there are none. */
  readonly cycles: readonly (readonly string[])[];
}

const mostCycles = 10;

/** Names that are not in `needs` themselves are passed over. Iterative, so that a long chain costs no stack. */
export function needsOrder(needs: ReadonlyMap<string, readonly string[]>): NeedsOrder {
  const order: string[] = [];
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of needs.keys()) {
    const path: { readonly name: string; readonly open: string[] }[] = [];
    const enter = (name: string) => path.push({ name, open: [...(needs.get(name) ?? [])] });
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.open.shift();
      if (next === undefined) {
        done.add(top.name);
        order.push(top.name);
        path.pop();
        continue;
      }
      const seenAt = path.findIndex(({ name }) => name === next);
      // In a dense tangle there are more circles than anybody reads.
      if (seenAt >= 0 && cycles.length >= mostCycles) continue;
      if (seenAt >= 0) cycles.push([...path.slice(seenAt).map(({ name }) => name), next]);
      else if (needs.has(next) && !done.has(next)) enter(next);
    }
  }
  return { order, cycles };
}
