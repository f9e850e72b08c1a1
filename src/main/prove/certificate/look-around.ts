// What a certification looks at by itself, one thing after the other; what cannot be looked at is lost, and the others are not.
import { join } from 'node:path';
import { asCodeError } from '../../../base/errors.ts';
import { certificationFigures } from '../../../decide/certify/own-figures.ts';
import type { Exhibit } from '../../../model/proving/trial.ts';
import { readFileIfExists } from '../../../platform/files.ts';
import type { OwnCall } from '../../../proving/certificate/own.ts';
import { lookAtReach, lookAtSupply, lookAtUpkeep } from '../../../proving/certificate/own.ts';
import { countRequests, rollBackUnderLoad } from '../../../proving/certificate/rollback.ts';
import { readSource } from '../../../proving/certificate/source.ts';
import { writeExhibit } from '../../../proving/evidence.ts';
import type { Looked, LookRequest, Lost } from '../../../surfaces/cli/certify/certifying.ts';
import type { TargetView } from '../../../surfaces/cli/prove/answers.ts';
import { loadCall } from './load-call.ts';
import { evidenceOf } from './places.ts';

interface Look {
  readonly what: string;
  /** What its figures begin with. */
  readonly about: string;
  readonly at: () => Promise<readonly Exhibit[]>;
}

export async function lookAround(request: LookRequest): Promise<Looked> {
  const { home, id, ask, signal, progress, source } = request;
  const target = request.target as TargetView;
  const directory = evidenceOf(home, id);
  const call: OwnCall = { target, directory, ask, signal };
  const looks: readonly Look[] = [
    { what: 'who answers', about: 'integration', at: async () => [await lookAtReach(call)] },
    { what: 'what is shipped', about: 'security.vulnerabilities', at: async () => [await lookAtSupply(call)] },
    { what: 'what was changed behind its back', about: 'infrastructure', at: async () => [await lookAtUpkeep(call, id)] },
    { what: 'whether it is counted', about: 'monitoring', at: async () => countRequests(loadCall(call, request)) },
    ...(request.rollback
      ? [{ what: 'a rollback under load', about: 'deployment', at: async () => rollBackUnderLoad(loadCall(call, request)) }]
      : []),
    ...(source === undefined
      ? []
      : [
          {
            what: 'the source',
            about: 'source',
            at: async () => [await writeExhibit(directory, 'source.json', await readSource(source, signal))],
          },
        ]),
  ];
  const exhibits: Exhibit[] = [];
  const lost: Lost[] = [...request.lost];
  for (const { what, about, at } of looks) {
    if (signal.aborted) break;
    progress(`looking at ${what} …`);
    try {
      exhibits.push(...(await at()));
    } catch (thrown) {
      const because = `${what} could not be looked at: ${asCodeError(thrown).message}`;
      progress(`  not measured: ${because}`);
      lost.push({ about, because });
    }
  }
  exhibits.push(await writeExhibit(directory, 'course.json', { format: 'course/1', lost }));
  const read = await Promise.all(exhibits.map(async ({ name }) => [name, await contentOf(join(directory, name))] as const));
  return { ...certificationFigures(Object.fromEntries(read)), exhibits };
}

async function contentOf(file: string): Promise<unknown> {
  return JSON.parse((await readFileIfExists(file)) ?? 'null');
}
