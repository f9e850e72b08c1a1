// artifacts.*: bringing a directory to the engine; only blobs that it lacks travel.
import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import { digestOf } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import { defineCall } from '../operation.ts';

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text) => text as Digest);
/** A listing of as many files as a snapshot may have. */
const listingLimit = 64 * 2 ** 20;
const treeEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string(), digest, size: z.int().min(0), executable: z.boolean() }),
  z.strictObject({ kind: z.literal('link'), path: z.string(), target: z.string() }),
  z.strictObject({ kind: z.literal('directory'), path: z.string() }),
]);

export const artifactOperations = [
  defineCall({
    name: 'artifacts.missing',
    summary: 'Says which of these blobs are not stored yet.',
    effect: 'plan',
    humansOnly: true,
    maxBody: listingLimit,
    input: z.strictObject({ digests: z.array(digest).max(200_000) }),
    output: z.object({ missing: z.array(z.string()) }),
    handler: async ({ digests }, { services }) => ({ missing: [...(await services.engine.ports.artifacts.missing(digests))] }),
  }),
  defineCall({
    name: 'artifacts.put_blob',
    summary: 'Stores the content of one blob; refused unless it matches its digest.',
    effect: 'plan',
    humansOnly: true,
    body: 'binary',
    input: z.strictObject({ digest }),
    output: z.object({}),
    handler: async ({ digest }, { services, body }) => {
      if (!body) throw new CodeError('input_invalid', 'artifacts.put_blob needs the content as its body.');
      await services.engine.ports.artifacts.putBlob(digest, body);
      return {};
    },
  }),
  defineCall({
    name: 'artifacts.put_tree',
    summary: 'Stores the listing of a directory whose blobs are all here, and returns its digest.',
    effect: 'plan',
    humansOnly: true,
    maxBody: listingLimit,
    input: z.strictObject({ entries: z.array(treeEntry).max(200_000) }),
    output: z.object({ digest: z.string() }),
    handler: async ({ entries }, { services }) => ({
      digest: await services.engine.ports.artifacts.putTree({ entries }),
    }),
  }),
  defineCall({
    name: 'artifacts.attest',
    summary:
      'Keeps a signature (Sigstore bundle v0.3) with the artifacts that it names. What it is worth is decided by the trusted keys when a plan is made.',
    effect: 'plan',
    humansOnly: true,
    input: z.strictObject({
      bundle: z
        .string()
        .max(4 * 2 ** 20)
        .describe('Text of the bundle'),
    }),
    audited: ({ bundle }) => ({ bundle: digestOf(bundle) }),
    output: z.object({ artifacts: z.array(z.string()) }),
    handler: async ({ bundle }, { services, principal }) => ({ artifacts: [...(await services.supply.keep(bundle, principal.id))] }),
  }),
];
