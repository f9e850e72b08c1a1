// One record of OSV: read strictly where it is judged, and left alone elsewhere.
import { z } from 'zod';
import type { Advisory, Affected } from '../../../model/supply/advisory.ts';

const event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
  limit: z.string().optional(),
});
const severity = z.object({ type: z.string(), score: z.string() });
const nothing = <T extends z.ZodType>(one: T) => z.array(one).nullish();

const record = z.object({
  id: z.string().min(1),
  modified: z.iso.datetime({ offset: true }),
  withdrawn: z.string().nullish(),
  aliases: nothing(z.string()),
  summary: z.string().nullish(),
  details: z.string().nullish(),
  severity: nothing(severity),
  affected: nothing(
    z.object({
      package: z.object({ ecosystem: z.string(), name: z.string() }).nullish(),
      ranges: nothing(z.object({ type: z.enum(['SEMVER', 'ECOSYSTEM', 'GIT']), events: z.array(event) })),
      versions: nothing(z.string()),
      severity: nothing(severity),
    }),
  ),
});

/** Throws an `Error` with the first thing that is wrong. */
export function parseRecord(text: string, source: string): Advisory {
  const parsed = record.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is no record'}`);
  }
  const { id, modified, withdrawn, aliases, severity: stated, affected } = parsed.data;
  const summary = summaryOf(parsed.data);
  return {
    id,
    modified: Date.parse(modified),
    withdrawn: typeof withdrawn === 'string',
    aliases: aliases ?? [],
    ...(summary !== '' && { summary }),
    severity: stated ?? [],
    affected: affected?.map(affectedOf) ?? [],
    source,
  };
}

type Parsed = z.infer<typeof record>;

function summaryOf({ summary, details }: Parsed): string {
  return summary ?? details?.split('\n', 1)[0]?.slice(0, 200) ?? '';
}

function affectedOf({ package: named, ranges, versions, severity: stated }: NonNullable<Parsed['affected']>[number]): Affected {
  return { ...(named && { package: named }), ranges: ranges ?? [], versions: versions ?? [], severity: stated ?? [] };
}
