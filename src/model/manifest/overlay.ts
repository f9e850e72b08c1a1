// What an environment makes of a service: mappings merge, lists and values replace, null removes (JSON Merge Patch, RFC 7386).

type Mapping = Readonly<Record<string, unknown>>;

export const sourceKeys = ['run', 'image', 'build'] as const;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A service with an overlay laid over it. Another source or another kind of strategy replaces the whole old one: their keys do not mix. */
export function overlaid(service: unknown, overlay: unknown): unknown {
  if (!isMapping(service) || !isMapping(overlay)) return overlay ?? service;
  return merge(cleared(service, overlay), overlay);
}

/** Leaves out of the service what cannot stand beside the overlay. */
function cleared(service: Mapping, overlay: Mapping): Mapping {
  const source = sourceKeys.find((key) => isGiven(overlay[key]));
  const kept = Object.entries(service).filter(
    ([key]) => source === undefined || key === source || !sourceKeys.some((other) => other === key),
  );
  const base = Object.fromEntries(kept);
  const [old, given] = [base.strategy, overlay.strategy];
  if (!isMapping(given)) return base;
  const oldKind = isMapping(old) ? old.kind : old;
  if ('kind' in given && given.kind !== oldKind) return { ...base, strategy: undefined };
  return typeof old === 'string' ? { ...base, strategy: { kind: old } } : base;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function merge(base: unknown, overlay: unknown): unknown {
  if (!isMapping(overlay)) return overlay;
  const merged = new Map(isMapping(base) ? Object.entries(base).filter(([, value]) => value !== undefined) : []);
  for (const [key, value] of Object.entries(overlay)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
