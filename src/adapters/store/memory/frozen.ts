// Values kept as what JSON would have made of them, frozen, so that all readers can share them.
import type { Form } from './tables.ts';

/** Records are changed by spreading: what was read before and stands in the new value unchanged is shared, not copied again. */
export function frozenCopies(): Form<unknown> {
  const ours = new WeakSet<object>();
  const keep = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return plain(value);
    if (ours.has(value)) return value;
    const copy = Object.freeze(Array.isArray(value) ? value.map((one) => keep(one) ?? null) : keepMembers(value));
    ours.add(copy);
    return copy;
  };
  const keepMembers = (value: object): object => {
    const copy: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) if (member !== undefined) copy[name] = keep(member);
    return copy;
  };
  return { keep, read: (kept) => kept };
}

/** JSON has no number that is not finite. */
function plain(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
