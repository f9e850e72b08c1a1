// Small changes to a text, as files are damaged and as attackers try: pieces put in, taken out, said twice, moved, and bytes turned.
import type { Random } from '../../src/base/random.ts';

export function mutated(text: string, random: Random, pieces: readonly string[], most = 5): string {
  let changed = text;
  for (let left = random.below(most + 1); left > 0; left -= 1) changed = once(changed, random, pieces);
  return changed;
}

function once(text: string, random: Random, pieces: readonly string[]): string {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  const piece = random.pick(pieces);
  const way = random.below(9);
  if (way <= 2) return before + piece + after;
  if (way === 3) return before + piece + after.slice(piece.length);
  if (way === 4) return before + after.slice(1 + random.below(8));
  if (way === 5) return before + String.fromCharCode(random.below(256)) + after.slice(1);
  if (way === 6) return before + piece.repeat(1 + random.below(300)) + after;
  return byLines(text, random);
}

/** A line goes missing, comes twice, or changes places with another. */
function byLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const [one, other] = [random.below(lines.length), random.below(lines.length)];
  const line = lines[one] ?? '';
  if (random.chance(0.4)) return lines.toSpliced(one, 1).join('\n');
  if (random.chance(0.5)) return lines.toSpliced(other, 0, line).join('\n');
  return lines
    .with(one, lines[other] ?? '')
    .with(other, line)
    .join('\n');
}
