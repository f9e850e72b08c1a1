// What npm audit asks: a registry is told which packages in which versions there are, and answers with the advisories about them.
import semver from 'semver';
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Advisory } from '../../../model/supply/advisory.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { call } from '../../../platform/http/call.ts';
import type { Audits, VersionsByName } from '../../../ports/advisories.ts';

export interface NpmAuditOptions {
  /** Of the registry: `https://registry.example.org`, or with a path. */
  readonly registry: string;
  readonly outbound: Outbound;
}

const timeout: Duration = 30_000;
const most = 32 * 2 ** 20;
const limits = { size: most, depth: 12, values: 1_000_000 };
/** In one question; more of them are asked one after the other. */
const inOneGo = 1_000;

/**
 * Whoever knows nothing of it has no advisories to compare with, whatever it answers about others: it has been known since 2020
 * (GHSA-vh95-rmgr-6w4m), and every database of advisories about npm has it.
 */
const wellKnown = { name: 'minimist', version: '0.0.8' };

/** It does not say when it was modified. */
type Found = Omit<Advisory, 'modified'>;

const record = z.object({
  id: z.union([z.string(), z.number()]),
  url: z.string().max(2_000).nullish(),
  title: z.string().nullish(),
  vulnerable_versions: z.string().min(1).max(20_000),
  cvss: z.object({ vectorString: z.string().nullish() }).nullish(),
});
const answer = z.record(z.string(), z.array(record));

export function openNpmAudit({ registry, outbound }: NpmAuditOptions): Audits {
  const url = `${registry.replace(/\/+$/, '')}/-/npm/v1/security/advisories/bulk`;
  return {
    place: registry,
    audit: async (packages, signal) => {
      const names = Object.keys(packages).sort();
      const found: Found[] = [];
      for (let at = 0; at < Math.max(1, names.length); at += inOneGo)
        found.push(
          ...(await askAbout(
            url,
            Object.fromEntries(names.slice(at, at + inOneGo).map((name) => [name, packages[name] ?? []])),
            outbound,
            signal,
          )),
        );
      return found;
    },
  };
}

async function askAbout(url: string, packages: VersionsByName, outbound: Outbound, signal: AbortSignal): Promise<readonly Found[]> {
  const own = packages[wellKnown.name] ?? [];
  const asked = { ...packages, [wellKnown.name]: [...new Set([...own, wellKnown.version])] };
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const got = await call({ method: 'POST', url, headers, body: JSON.stringify(asked), timeout, most }, outbound, signal);
  if (got.kind === 'broken') throw failed(url, `it does not answer (${got.because})`);
  if (got.status !== 200) throw failed(url, `it answered ${got.status}${got.status === 404 ? ', so it takes no audits' : ''}`);
  const told = answerIn(got.text, url);
  if (advisoriesOf(wellKnown.name, [wellKnown.version], told, url).length === 0)
    throw failed(
      url,
      `it has no advisories to compare with: none about ${wellKnown.name} ${wellKnown.version}, which is known to have some`,
    );
  return Object.entries(packages).flatMap(([name, versions]) => advisoriesOf(name, versions, told, url));
}

type Told = z.infer<typeof answer>;

function answerIn(text: string, url: string): Told {
  let value: unknown;
  try {
    value = parseJson(text, limits, 'its answer');
  } catch (thrown) {
    throw failed(url, thrown instanceof Error ? thrown.message : String(thrown));
  }
  const parsed = answer.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw failed(url, `its answer cannot be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is none'}`);
}

/** Of those that are about one of these versions, as npm itself judges it. */
function advisoriesOf(name: string, versions: readonly string[], told: Told, url: string): readonly Found[] {
  return (Object.hasOwn(told, name) ? (told[name] ?? []) : []).flatMap((one): Found[] => {
    const range = one.vulnerable_versions;
    if (semver.validRange(range, { loose: true }) === null)
      throw failed(url, `it says of ${name} ${JSON.stringify(range.slice(0, 100))}, which is no range of versions`);
    const affected = versions.filter((version) => semver.satisfies(version, range, { loose: true, includePrerelease: true }));
    if (affected.length === 0) return [];
    const vector = one.cvss?.vectorString;
    return [
      {
        id: idOf(one),
        withdrawn: false,
        aliases: [],
        summary: `${one.title?.split('\n', 1)[0]?.slice(0, 200) ?? 'no title'} (${range.slice(0, 200)})`,
        severity: [],
        source: url,
        affected: [
          {
            package: { ecosystem: 'npm', name },
            ranges: [],
            versions: affected,
            severity: vector ? [{ type: vector.startsWith('CVSS:4') ? 'CVSS_V4' : 'CVSS_V3', score: vector }] : [],
          },
        ],
      },
    ];
  });
}

/** As other databases have it, where its address tells: then both are one finding. */
function idOf({ id, url }: z.infer<typeof record>): string {
  return /\/(GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})$/.exec(url ?? '')?.[1] ?? `npm:${id}`;
}

function failed(url: string, because: string): CodeError {
  return new CodeError('outside_unavailable', `The registry was asked at ${url}: ${because}.`, {
    hint: 'Check npm_registry and calls_allowed in the settings; without it, name a directory of advisories (setting advisories).',
  });
}
