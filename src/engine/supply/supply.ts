// What is asked of the supply chain of what is live: bills of materials, known weaknesses, licences. Nothing is fetched, nothing is changed.
import type { Digest } from '../../base/digest.ts';
import type { Duration } from '../../base/units.ts';
import { cycloneDx } from '../../decide/supply/cyclonedx.ts';
import type { LicenceRules, LicenceVerdict } from '../../decide/supply/licence.ts';
import { judgeLicence } from '../../decide/supply/licence.ts';
import { spdx } from '../../decide/supply/spdx.ts';
import type { Scope } from '../../model/instance.ts';
import { treeOf } from '../../model/release.ts';
import type { Measured } from '../../model/supply/component.ts';
import type { Advisories, Audits } from '../../ports/advisories.ts';
import type { EnginePorts } from '../ports.ts';
import { imageGap, liveReleases, openArtifact } from './artifacts.ts';
import type { ScanWish, ServiceScan } from './compare.ts';
import { compared } from './compare.ts';
import { Inspector } from './inspect.ts';
import type { FoundSecret } from './secrets/scan.ts';
import { scanSecrets } from './secrets/scan.ts';
import { keepBundle, signaturesOf } from './signatures/book.ts';
import type { Verdicts } from './signatures/verify.ts';

export interface SupplyOptions {
  readonly ports: EnginePorts;
  /** Absent: none is named, and nothing is measured against it. */
  readonly advisories?: Advisories;
  /** Absent: no registry is named that could be asked. */
  readonly audits?: Audits;
  readonly advisoriesMaxAge: Duration;
  readonly licences: LicenceRules;
  readonly tool: { readonly name: string; readonly version: string };
}

export type BillFormat = 'cyclonedx' | 'spdx';

interface OfRelease {
  readonly service: string;
  readonly release: string;
}

export interface ServiceLicences extends OfRelease {
  readonly state: Measured;
  readonly components: readonly LicenceVerdict[];
  readonly unmeasured: readonly string[];
}

export interface ServiceSecrets extends OfRelease {
  readonly state: Measured;
  readonly findings: readonly FoundSecret[];
  readonly files: number;
  readonly unmeasured: readonly string[];
}

export interface ServiceSignatures extends OfRelease, Verdicts {
  readonly artifact?: Digest;
}

export class SupplyBook {
  readonly #options: SupplyOptions;
  readonly #inspector: Inspector;

  constructor(options: SupplyOptions) {
    this.#options = options;
    this.#inspector = new Inspector(options.ports);
  }

  /** One document for each service. Errors: those of `liveReleases` and of artifacts. */
  async bills(scope: Scope, service: string | undefined, format: BillFormat, signal: AbortSignal) {
    const { tool } = this.#options;
    const inspected = await this.#inspector.inspect(scope, service, signal);
    return inspected.map(({ release, inventory, gaps }) => {
      const tree = treeOf(release.run.artifact);
      const subject = {
        name: `${release.application}/${release.service}`,
        version: release.id,
        ...(tree !== undefined && { sha256: tree.slice('sha256:'.length) }),
        at: release.createdAt,
        tool,
        inventory,
        gaps,
      };
      return { service: release.service, release: release.id, document: format === 'spdx' ? spdx(subject) : cycloneDx(subject) };
    });
  }

  /** Errors: those of `liveReleases` and of artifacts; `settings_invalid`. */
  async scan(scope: Scope, service: string | undefined, wish: ScanWish, signal: AbortSignal): Promise<readonly ServiceScan[]> {
    const { advisoriesMaxAge: maxAge, ports, ...books } = this.#options;
    return compared(await this.#inspector.inspect(scope, service, signal), { ...books, maxAge, now: ports.clock.now(), ...wish }, signal);
  }

  async licences(scope: Scope, service: string | undefined, signal: AbortSignal): Promise<readonly ServiceLicences[]> {
    const inspected = await this.#inspector.inspect(scope, service, signal);
    return inspected.map(({ release, inventory, gaps }) => {
      const components = inventory.components.map((one) => judgeLicence(one, this.#options.licences));
      const unmeasured = [
        ...gaps,
        ...inventory.unread.map(({ path, because }) => `${path}: ${because}`),
        ...(components.length === 0 ? ['no component was found'] : []),
      ];
      const open = unmeasured.length > 0 || components.some(({ state }) => state === 'not_measured');
      const state = components.some((one) => one.state === 'not_met') ? 'not_met' : open ? 'not_measured' : 'met';
      return { service: release.service, release: release.id, state, components, unmeasured };
    });
  }

  /** What looks like a secret in the snapshots of what is live. */
  async secrets(scope: Scope, service: string | undefined, signal: AbortSignal): Promise<readonly ServiceSecrets[]> {
    const { ports } = this.#options;
    const found: ServiceSecrets[] = [];
    for (const { service: name, id: release, run } of await liveReleases(ports, scope, service)) {
      const { contents, gaps } = await openArtifact(ports.artifacts, run.artifact);
      const { findings, files, unread } = contents
        ? await scanSecrets(contents, new Set(), signal)
        : { findings: [], files: 0, unread: [] };
      const image = run.artifact.kind === 'image' ? [imageGap(run.artifact, 'secrets are looked for in what is uploaded')] : [];
      const unmeasured = [...gaps, ...image, ...unread.map(({ path, because }) => `${path}: ${because}`)];
      const state = findings.length > 0 ? 'not_met' : unmeasured.length > 0 ? 'not_measured' : 'met';
      found.push({ service: name, release, state, findings, files, unmeasured });
    }
    return found;
  }

  /** Keeps a signature that somebody brought. Errors: `input_invalid`, `too_large`. */
  keep(bundle: string, by: string): Promise<readonly Digest[]> {
    return keepBundle(this.#options.ports, bundle, by);
  }

  /** Who signed what is live, as the keys of this moment tell. */
  async signatures(scope: Scope, service: string | undefined): Promise<readonly ServiceSignatures[]> {
    const { ports } = this.#options;
    const releases = await liveReleases(ports, scope, service);
    return Promise.all(
      releases.map(async ({ service: name, id: release, run }) => ({
        service: name,
        release,
        ...(await signaturesOf(ports, run.artifact)),
      })),
    );
  }
}
