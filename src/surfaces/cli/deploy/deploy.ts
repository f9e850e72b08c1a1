// `deploy` and `plan`: manifest → sources → plan → (yes?) → apply and follow.
import type { PlanView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { requireManifest, resolveFile } from '../manifest-file.ts';
import type { Session } from '../session.ts';
import { carryOut } from './carry-out.ts';
import { planText } from './plan-view.ts';
import { uploadSources } from './upload.ts';

export async function deploy(session: Session, given: Given): Promise<number> {
  const made = await makePlan(session, given);
  return given.flag('plan') ? show(session, made) : carryOut(session, made, given);
}

export async function plan(session: Session, given: Given): Promise<number> {
  const made = await makePlan(session, given);
  const code = show(session, made);
  session.out.note(`apply it with: codectl apply ${made.plan_id}`);
  return code;
}

async function makePlan(session: Session, given: Given): Promise<PlanView> {
  const manifest = await requireManifest(session, given.text('file'));
  const spec = resolveFile(manifest, given.text('env'));
  const api = await session.api();
  const snapshots = await uploadSources(session, api, spec, manifest.directory);
  return api.call('change.plan', { manifest: manifest.text, file: manifest.name, environment: spec.environment, snapshots });
}

export function show({ out }: Session, made: PlanView): number {
  out.document(made);
  out.text(planText(made, out.paint));
  return exit.ok;
}
