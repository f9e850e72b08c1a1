// What a plan would ship, looked at before it can be applied: secrets in it, and who signed it. Settings say what is refused.
import type { Digest } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import type { Release } from '../../model/release.ts';
import { treeOf } from '../../model/release.ts';
import type { ShippedFacts, ShippingRules, SignatureVerdict } from '../../model/supply/signature.ts';
import type { EnginePorts } from '../ports.ts';
import { treeContents } from './artifacts.ts';
import type { CleanBook, FoundSecret } from './secrets/scan.ts';
import { ignoreFile, scanSecrets } from './secrets/scan.ts';
import { signaturesOf } from './signatures/book.ts';

export interface Shipped {
  readonly facts: readonly ShippedFacts[];
  readonly warnings: readonly string[];
}

/** Findings told one by one. */
const told = 5;
const mostRemembered = 200;

export class Customs {
  readonly #ports: EnginePorts;
  readonly #clean: CleanBook = new Set();
  readonly #found = new Map<Digest, readonly FoundSecret[]>();

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Errors: `secret_exposed`, `signature_missing`, those of artifacts. */
  async inspect(environment: string, releases: readonly Release[]): Promise<Shipped> {
    const rules = this.#ports.shipping;
    if (!rules) return { facts: [], warnings: [] };
    const looked = [];
    for (const release of releases) looked.push({ release, found: rules.secrets === 'off' ? undefined : await this.#secretsIn(release) });
    const exposed = looked.flatMap(({ release, found = [] }) => found.map((one) => ({ service: release.service, ...one })));
    if (exposed.length > 0 && rules.secrets === 'refuse') throw exposedError(exposed);
    const facts: ShippedFacts[] = [];
    for (const { release, found } of looked)
      facts.push({
        service: release.service,
        ...(await signaturesOf(this.#ports, release.run.artifact)),
        ...(found && { secrets: found.length }),
      });
    refuseUnsigned(environment, facts, rules);
    return { facts, warnings: exposedWarnings(exposed) };
  }

  async #secretsIn({ run: { artifact } }: Release): Promise<readonly FoundSecret[] | undefined> {
    const tree = treeOf(artifact);
    if (tree === undefined) return undefined;
    const known = this.#found.get(tree);
    if (known) return known;
    const contents = await treeContents(this.#ports.artifacts, tree);
    if (!contents) return undefined;
    const { findings } = await scanSecrets(contents, this.#clean, new AbortController().signal);
    if (this.#found.size >= mostRemembered) this.#found.clear();
    this.#found.set(tree, findings);
    return findings;
  }
}

interface Exposed extends FoundSecret {
  readonly service: string;
}

function textOf({ service, path, line, kind, shown }: Exposed): string {
  return `${service}: ${path}:${line} looks like a secret: ${kind}, ${shown}`;
}

function exposedWarnings(exposed: readonly Exposed[]): readonly string[] {
  const more =
    exposed.length > told ? [`${exposed.length - told} more look like secrets ("codectl security secrets" lists all that is live)`] : [];
  return [...exposed.slice(0, told).map(textOf), ...more];
}

function exposedError(exposed: readonly Exposed[]): CodeError {
  const more = exposed.length > told ? `\n  and ${exposed.length - told} more` : '';
  return new CodeError(
    'secret_exposed',
    `What would be shipped holds secrets:\n  ${exposed.slice(0, told).map(textOf).join('\n  ')}${more}`,
    {
      hint: `Take them out and change them ("codectl secret set" gives them to services), or name the files that hold none in ${ignoreFile}.`,
      details: { findings: exposed.slice(0, 100) },
    },
  );
}

/** Errors: `signature_missing`, with each service and what it lacks. */
function refuseUnsigned(environment: string, facts: readonly ShippedFacts[], { signed, provenance }: ShippingRules): void {
  const asks = (names: readonly string[]): boolean => names.includes('*') || names.includes(environment);
  const lacking = (what: string, asked: boolean, verdict: (one: ShippedFacts) => SignatureVerdict): readonly string[] =>
    asked
      ? facts
          .filter((one) => verdict(one).state !== 'met')
          .map((one) => `${one.service}: ${what} ${verdict(one).state}: ${verdict(one).because}`)
      : [];
  const missing = [
    ...lacking('signature', asks(signed), (one) => one.signature),
    ...lacking('provenance', asks(provenance), (one) => one.provenance),
  ];
  if (missing.length === 0) return;
  throw new CodeError('signature_missing', `${environment} takes only what is signed:\n  ${missing.join('\n  ')}`, {
    hint: 'Sign what "codectl security listing SERVICE" prints, and bring the bundle with "codectl security attest FILE".',
    details: { missing },
  });
}
