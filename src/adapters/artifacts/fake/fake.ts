// An artifact store for worlds in which nothing is ever read from disk: every snapshot is there, and none is made.
import type { Artifacts } from '../../../ports/artifacts.ts';

export const noArtifacts: Artifacts = {
  missing: async () => [],
  putBlob: async () => undefined,
  putTree: async () => `sha256:${'0'.repeat(64)}`,
  hasTree: async () => true,
  materialise: async () => '/nowhere',
  prune: async () => ({ trees: 0, bytes: 0 }),
};
