// How large a manifest may be: generous for people, tight enough that a hostile file costs little.

export const manifestLimits = {
  /** Bytes of the file. */
  size: 1024 * 1024,
  /** Mappings and lists inside one another. */
  depth: 20,
  /** Values after aliases are followed. */
  values: 50_000,
} as const;
