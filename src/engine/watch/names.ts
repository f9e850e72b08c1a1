// Where the names of egress rules lead: looked up now and then, and remembered for a while, because names with many addresses show a few at a time.

import type { Clock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { ResolvedRule } from '../../decide/watch/egress.ts';
import type { EgressRule } from '../../model/watch/spec.ts';
import { addressesOf } from '../../platform/guard/network/outbound.ts';

const askedEvery: Duration = 30_000;
/** A connection may be as old as that and still lead to where its name led then. */
const remembered: Duration = 60 * 60_000;

interface Known {
  askedAt: number;
  /** By address: when it was last given. */
  readonly addresses: Map<string, number>;
}

export class Names {
  readonly #clock: Clock;
  readonly #resolve: (name: string) => Promise<readonly string[]>;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock, resolve: (name: string) => Promise<readonly string[]> = addressesOf) {
    this.#clock = clock;
    this.#resolve = resolve;
  }

  /** Addresses and networks stay as they are. */
  resolved(rules: readonly EgressRule[]): Promise<readonly ResolvedRule[]> {
    return Promise.all(rules.map((rule) => this.#one(rule)));
  }

  async #one(rule: EgressRule): Promise<ResolvedRule> {
    if (rule.bits !== undefined) return rule;
    if (isAddress(rule.to)) return { ...rule, addresses: [rule.to] };
    const known = this.#known.get(rule.to) ?? { askedAt: 0, addresses: new Map<string, number>() };
    this.#known.set(rule.to, known);
    const now = this.#clock.now();
    if (known.askedAt === 0 || known.askedAt + askedEvery <= now) {
      known.askedAt = now;
      for (const address of await this.#resolve(rule.to)) known.addresses.set(address, now);
    }
    const addresses = [...known.addresses].flatMap(([address, at]) => (at + remembered > now ? [address] : []));
    return addresses.length === 0 ? rule : { ...rule, addresses };
  }
}

function isAddress(text: string): boolean {
  return text.includes(':') || /^\d+(?:\.\d+){3}$/.test(text);
}
