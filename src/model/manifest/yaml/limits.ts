// How large a manifest may be: generous for people, tight enough that a hostile file costs little.

export const manifestLimits = {
  /** Bytes of the file. */
  size: 256 * 1024,
  /** Words and signs of YAML: putting a document together from them costs ten times what counting them does, and 250 services need half as many. */
  tokens: 150_000,
  /** Mappings and lists inside one another. */
  depth: 20,
  /** Values after aliases are followed. */
  values: 50_000,
} as const;
