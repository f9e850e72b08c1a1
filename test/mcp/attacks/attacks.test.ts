// Nothing of what is tried gets through; and where a part of the house is weakened on purpose, the attack on it notices.
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/model/principal.ts';
import { EvidenceShelf } from '../../../src/surfaces/mcp/evidence.ts';
import { attacks } from './attacks.ts';
import type { Hole } from './site.ts';
import { handled, Site } from './site.ts';

/** What got through. */
async function attacked(name: string, hole?: Hole): Promise<readonly string[]> {
  const attack = attacks.find((one) => one.name.startsWith(name));
  if (!attack) throw new Error(`there is no attack ${name}`);
  const site = await Site.open(hole);
  try {
    return await attack.run(site);
  } finally {
    await site.close();
  }
}

describe('an attack', () => {
  it.each(attacks.map((one) => [one.name] as const))('does not get through: %s', async (name) => {
    expect(await attacked(name)).toEqual([]);
  });
});

type Stored = Parameters<Parameters<typeof handled>[1]>[1]['services'];

/** Makes the plan what it was before, or what somebody wishes it were. */
async function rewritten({ engine }: Stored, id: unknown, change: object): Promise<void> {
  const { store } = engine.ports;
  const stored = await store.get('plan', String(id));
  if (stored) await store.commit([{ op: 'put', kind: 'plan', key: stored.key, value: { ...stored.value, ...change } }]);
}

/** The same but for some of its methods. */
function weaker<T extends object>(part: T, methods: Partial<T>): T {
  const get = (_: T, name: string | symbol): unknown => {
    const found: unknown = Reflect.get(name in methods ? methods : part, name);
    return typeof found === 'function' ? (found.bind(part) as unknown) : found;
  };
  return new Proxy(part, { get });
}

const yes = async () => ({ allowed: true, policies: [] }) as const;
const anybody: Principal = { id: 'person:forged', kind: 'person', effects: [] };

const holes: readonly (readonly [attack: string, Hole])[] = [
  [
    'replay',
    {
      name: 'plans forget that they were applied',
      operations: handled('change.apply', async (input, context, own) => {
        await rewritten(context.services, input['plan_id'], { appliedAs: undefined });
        return own(input, context).catch(() => ({ id: 'again' }));
      }),
    },
  ],
  [
    'digest swap',
    {
      name: 'the digest is not looked at',
      operations: handled('change.apply', async (input, context, own) => own({ ...input, digest: undefined }, context)),
    },
  ],
  ['cross-principal', { name: 'evidence is everybody’s', shelf: sharedShelf() }],
  [
    'cross-principal',
    { name: 'places do not matter', services: (all) => ({ ...all, authority: weaker(all.authority, { conceivable: yes, permit: yes }) }) },
  ],
  [
    'expired plan',
    {
      name: 'plans do not end',
      operations: handled('change.apply', async (input, context, own) => {
        await rewritten(context.services, input['plan_id'], { expiresAt: Number.MAX_SAFE_INTEGER });
        return own(input, context);
      }),
    },
  ],
  [
    'auto-decline',
    {
      name: 'approvals are not asked for',
      services: (all) => ({
        ...all,
        approvals: weaker(all.approvals, { standing: async () => ({ count: 2, glass: true, approvals: [], usedAs: () => [] }) }),
      }),
    },
  ],
  [
    'self-approval',
    {
      name: 'whoever asks may approve',
      services: (all) => ({
        ...all,
        authority: weaker(all.authority, { conceivable: yes, permit: yes }),
        approvals: weaker(all.approvals, { approve: (wish) => all.approvals.approve({ ...wish, principal: anybody }) }),
      }),
    },
  ],
  [
    'race',
    {
      name: 'the second is told what the first was told',
      operations: handled('change.apply', async (input, context, own) => own(input, context).catch(() => ({ id: 'me too' }))),
    },
  ],
  [
    'injection',
    {
      name: 'nobody keeps in mind what was read',
      services: (all) => ({ ...all, taints: weaker(all.taints, { mark: async () => undefined }) }),
    },
  ],
  [
    'cursor',
    { name: 'places do not matter', services: (all) => ({ ...all, authority: weaker(all.authority, { conceivable: yes, permit: yes }) }) },
  ],
];

function sharedShelf(): Pick<EvidenceShelf, 'of'> {
  const shelf = new EvidenceShelf();
  return { of: () => shelf.of('everybody') };
}

describe('a weakness', () => {
  it.each(holes.map(([attack, hole]) => [attack, hole.name, hole] as const))('is noticed by %s: %s', async (attack, _, hole) => {
    expect(await attacked(attack, hole)).not.toEqual([]);
  });
});
