// No circles: type imports count, because a reader who follows them goes round in one too.
import type { SourceFile } from '../file.ts';

/** One sentence for each knot of files, with the shortest way round through the knot's first file. */
export function circleRules(files: readonly SourceFile[]): readonly string[] {
  const arrows = new Map(files.map((file) => [file.path, [...new Set(file.imports.flatMap(({ target }) => target ?? []))]]));
  const told = new Set<string>();
  return files.flatMap(({ path }) => {
    if (told.has(path)) return [];
    const circle = shortestWay(path, path, arrows);
    if (circle === undefined) return [];
    for (const member of reachable(path, arrows)) if (reachable(member, arrows).has(path)) told.add(member);
    return [`${path} imports itself in a circle: ${circle.join(' → ')}; move what they share into a file below both.`];
  });
}

type Arrows = ReadonlyMap<string, readonly string[]>;

/** Breadth first, at least one step. */
function shortestWay(from: string, to: string, arrows: Arrows): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [from];
  for (const file of queue) {
    for (const next of arrows.get(file) ?? []) {
      if (next === to) return [...wayBack(file, from, cameFrom), to];
      if (cameFrom.has(next) || !arrows.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
}

function wayBack(file: string, from: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [file];
  for (let at = file; at !== from; ) {
    at = cameFrom.get(at) ?? from;
    way.unshift(at);
  }
  return way;
}

function reachable(from: string, arrows: Arrows): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [from];
  for (const file of queue) {
    for (const next of arrows.get(file) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return seen;
}
