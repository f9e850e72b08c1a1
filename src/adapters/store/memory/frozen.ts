// Values kept as what JSON would have made of them, frozen, so that all readers can share them.
import type { Form } from './tables.ts';

/** Records are changed by spreading: what was read before and stands in the new value unchanged is shared, not copied again. */
export function frozenCopies(): Form<unknown> {
  const ours = new WeakSet<object>();
  const keep = (value: unknown): unknown => (typeof value === 'object' && value !== null ? keepObject(value) : plain(value));
  const keepObject = (value: object): object => {
    if (ours.has(value)) return value;
    const copy = Object.freeze(
      Array.isArray(value) ? value.map((one) => keep(one) ?? null) : keepMembers(value as Readonly<Record<string, unknown>>),
    );
    ours.add(copy);
    return copy;
  };
  // By names, not by entries: a pair for each member of everything that is written would be most of the garbage.
  const keepMembers = (value: Readonly<Record<string, unknown>>): object => {
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      const member = value[name];
      if (member !== undefined) copy[name] = keep(member);
    }
    return copy;
  };
  return { keep, read: (kept) => kept };
}

/** JSON has no number that is not finite. */
function plain(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
