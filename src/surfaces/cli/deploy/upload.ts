// Takes the directories that a manifest names to the engine; what it has already does not travel.
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import type { Digest } from '../../../base/digest.ts';
import { CodeError, hasCode } from '../../../base/errors.ts';
import { formatBytes, formatDuration } from '../../../base/units.ts';
import type { ApplicationSpec } from '../../../model/service.ts';
import { isWithin } from '../../../platform/guard/path.ts';
import { type ScannedTree, scanDirectory } from '../../../platform/tree/scan.ts';
import { type SnapshotSink, type Upload, uploadTree } from '../../../platform/tree/upload.ts';
import type { Api } from '../api.ts';
import type { ManifestFile } from '../manifest-file.ts';
import { manifestIn } from '../manifest-file.ts';
import type { Session } from '../session.ts';

/** Digest of the stored tree for each service that runs from a directory. Errors: those of the scan and the upload. */
export async function uploadSources(
  session: Session,
  api: Api,
  spec: ApplicationSpec,
  { directory, path }: ManifestFile,
): Promise<Readonly<Record<string, string>>> {
  const stored = new Map<string, Digest>();
  const snapshots: Record<string, string> = {};
  for (const { name, source } of spec.services) {
    if (source.kind === 'image') continue;
    const root = resolve(directory, source.directory);
    const key = source.kind === 'run' ? `services.${name}.run.directory` : `services.${name}.build`;
    await refuseDetour(directory, root, key);
    const digest = stored.get(root) ?? (await snapshot(session, api, { name, key, manifest: path }, root));
    stored.set(root, digest);
    snapshots[name] = digest;
  }
  return snapshots;
}

interface Shipped {
  /** Of the service. */
  readonly name: string;
  /** In the manifest, for messages. */
  readonly key: string;
  /** Says how its code is run, and is no part of it: another size, or a comment, makes no other release. */
  readonly manifest: string;
}

/** A directory that is written as part of the project must not be a link to somewhere else: nobody would expect that to be shipped. */
async function refuseDetour(directory: string, root: string, key: string): Promise<void> {
  if (!isWithin(directory, root)) return;
  const [project, real] = await Promise.all([directory, root].map((path) => realpath(path).catch(() => path)));
  if (project === undefined || real === undefined || isWithin(project, real)) return;
  throw new CodeError('source_missing', `${key}: ${root} is a link that leads to ${real}, outside of the project.`, {
    hint: 'Name that directory itself, if it is what you want to ship.',
  });
}

async function snapshot({ out, signal, world, flags }: Session, api: Api, { name, key, manifest }: Shipped, root: string): Promise<Digest> {
  const began = performance.now();
  const cacheDirectory = resolve(world.home(flags.home).root, 'scans');
  const scanned = await scanDirectory(root, { cacheDirectory, ignore: manifestIn(root, manifest) }, signal).catch((thrown: unknown) => {
    throw namingKey(thrown, key);
  });
  const upload = await uploadPatiently(scanned, sinkOf(api), signal);
  const sent = upload.blobs === 0 ? 'nothing new' : `${upload.blobs} new, ${formatBytes(upload.bytes)} sent`;
  out.note(
    out.paint(
      'dim',
      `${name}: ${scanned.fileCount} files, ${formatBytes(scanned.totalBytes)}, ${sent}, in ${formatDuration(performance.now() - began)}`,
    ),
  );
  return upload.digest;
}

function sinkOf(api: Api): SnapshotSink {
  return {
    missing: async (digests) => (await api.call('artifacts.missing', { digests })).missing as readonly Digest[],
    putBlob: (digest, content) => api.upload(digest, content),
    putTree: async ({ entries }) => (await api.call('artifacts.put_tree', { entries })).digest as Digest,
  };
}

/** A daemon elsewhere lets so many calls a second through; what it took already does not travel again. */
async function uploadPatiently(scanned: ScannedTree, sink: SnapshotSink, signal: AbortSignal): Promise<Upload> {
  for (;;) {
    try {
      return await uploadTree(scanned, sink, signal);
    } catch (thrown) {
      if (!hasCode(thrown, 'rate_limited')) throw thrown;
      await systemClock.sleep(Math.max(1_000, Number(thrown.details['retry_after_ms']) || 0), signal);
    }
  }
}

function namingKey(thrown: unknown, key: string): unknown {
  if (!(thrown instanceof CodeError)) return thrown;
  const { code, message, hint, details } = thrown;
  return new CodeError(code, `${key}: ${message}`, { hint, details, cause: thrown });
}
