// `deploy` and `plan`: manifest → sources → plan → (yes?) → apply and follow.
import { nice, setNice } from '../../../platform/process/priority.ts';
import type { Given } from '../command.ts';
import { requireManifest, resolveFile } from '../manifest-file.ts';
import type { Session } from '../session.ts';
import { show } from './plan-view.ts';
import { inTurn } from './turn.ts';
import { uploadSources } from './upload.ts';

export async function deploy(session: Session, given: Given): Promise<number> {
  const { where, plan } = await prepare(session, given);
  return inTurn(session, given, where, plan);
}

export async function plan(session: Session, given: Given): Promise<number> {
  const made = await (await prepare(session, given)).plan();
  const code = show(session, made);
  session.out.note(`apply it with: codectl apply ${made.plan_id}`);
  return code;
}

/** Reads the manifest and uploads its sources, once; a plan may have to be made again. */
async function prepare(session: Session, given: Given) {
  // What is deployed already may serve from this very machine.
  setNice(process.pid, nice.starting);
  const manifest = await requireManifest(session, given.text('file'));
  const spec = resolveFile(manifest, given.text('env'));
  const api = await session.api();
  const snapshots = await uploadSources(session, api, spec, manifest);
  const { application, environment } = spec;
  const unchecked = given.flag('unchecked') ? true : undefined;
  const input = { manifest: manifest.text, file: manifest.name, environment, snapshots, unchecked };
  return { where: { application, environment }, plan: () => api.call('change.plan', input) };
}
