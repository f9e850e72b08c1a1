// Every field that takes an address, led to a listener that the operator did not allow, in all the notations that lead there; beside one that he did.
import { until } from '../../../../test/kit/until.ts';
import type { Arena } from '../arena.ts';
import type { AttackClass, Pair } from '../attack.ts';
import { Listener } from '../canary.ts';
import { calling } from '../programs.ts';

/** `{canary}` and `{allowed}` are HOST:PORT, `{port}` the canary's port, `{nth}` what the listener knows it by. */
const hooks: readonly string[] = [
  'http://{canary}/{nth}',
  'http://127.2:{port}/{nth}',
  'http://2130706434:{port}/{nth}',
  'http://0x7f000002:{port}/{nth}',
  'http://0177.0.0.2:{port}/{nth}',
  'http://[::ffff:127.0.0.2]:{port}/{nth}',
  'http://[::1]:{port}/{nth}',
  'http://0.0.0.0:{port}/{nth}',
  'http://[::]:{port}/{nth}',
  'http://user@{canary}/{nth}',
  'http://127.0.0.1@{canary}/{nth}',
  'http://{allowed}/away-{nth}',
  'http://127.0.0.2.:{port}/{nth}',
];

const queues: readonly string[] = [
  'webhook: { url: "http://{canary}/{nth}" }',
  'webhook: { url: "http://[::ffff:7f00:2]:{port}/{nth}" }',
  'webhook: { url: "http://{allowed}/away-{nth}" }',
  'prometheus: { url: "http://{canary}/{nth}", query: up }',
];

interface Scene {
  readonly canaries: readonly Listener[];
  readonly allowed: Listener;
}

export const ssrf: AttackClass = {
  name: 'SSRF',
  pairs: async (arena) => {
    const scene = await listen();
    const fill = (text: string, nth: string) =>
      text
        .replaceAll('{canary}', `127.0.0.2:${scene.canaries[0]?.port}`)
        .replaceAll('{allowed}', `127.0.0.1:${scene.allowed.port}`)
        .replaceAll('{port}', String(scene.canaries[0]?.port))
        .replaceAll('{nth}', nth);
    const good = hooks.map((_, at) => `http://127.0.0.1:${scene.allowed.port}/twin-hook${at}-`);
    const goodQueues = queues.map((_, at) => `webhook: { url: "http://127.0.0.1:${scene.allowed.port}/twin-queue${at}-" }`);
    const led: string[] = [];
    for (const [at, text] of hooks.entries()) if (await readable(arena, fill(text, `hook${at}-`))) led.push(fill(text, `hook${at}-`));
    const wanted = calling({
      hooks: [...led, ...good],
      queue: [...queues.map((text, at) => fill(text, `queue${at}-`)), ...goodQueues],
      probe: `//127.0.0.2:${scene.canaries[0]?.port}/probe0-`,
    });
    await called(arena, wanted, { ...scene, hooks: led.length + good.length });
    return [
      ...hooks.map((text, at) => pairOf(scene, `a hook at ${text}`, `hook${at}-`)),
      ...queues.map((text, at) => pairOf(scene, `a length of a queue by ${text}`, `queue${at}-`)),
      { ...pairOf(scene, 'the path of a probe that begins like another host', 'probe0-'), twin: async () => undefined },
    ];
  },
};

/** What the reader of manifests refuses by itself never comes to a call; the others are deployed. */
async function readable(arena: Arena, address: string): Promise<boolean> {
  const { code } = await arena.ask('change.plan', { manifest: calling({ hooks: [address], queue: [], probe: '/' }).manifest }, arena.admin);
  return code !== 'manifest_invalid';
}

async function listen(): Promise<Scene> {
  const first = await Listener.open('127.0.0.2');
  const canaries = [first];
  for (const host of ['::1']) {
    const one = await Listener.open(host, first.port).catch(() => undefined);
    if (one) canaries.push(one);
  }
  const allowed = await Listener.open('127.0.0.1', 0, (path) =>
    path.startsWith('/away-') ? `http://127.0.0.2:${first.port}/${path.slice('/away-'.length)}` : undefined,
  );
  return { canaries, allowed };
}

function pairOf({ canaries, allowed }: Scene, name: string, nth: string): Pair {
  return {
    name,
    attack: async () => (canaries.some((one) => one.heardOf(nth)) ? `the listener at ${canaries[0]?.host} was called` : undefined),
    twin: async () => (allowed.heardOf(`twin-${nth}`) ? undefined : 'the listener that is allowed was not called'),
  };
}

/** Deploys it, and waits until every hook was tried and every queue was asked. */
async function called(
  arena: Arena,
  { manifest, services }: ReturnType<typeof calling>,
  { canaries, allowed, hooks: count }: Scene & { readonly hooks: number },
): Promise<void> {
  const { outcome, reason } = await arena.deploy(manifest, services);
  if (outcome !== 'succeeded') throw new Error(`the caller was not deployed: ${outcome} ${reason}`);
  const scope = { application: 'caller', environment: 'default' };
  await until(
    () => arena.done<{ tasks: readonly { attempt: number; state: string }[] }>('jobs.list', { ...scope, limit: 500 }),
    ({ tasks }) => tasks.length === count && tasks.every(({ attempt, state }) => attempt > 0 && state !== 'running'),
    undefined,
    250,
  );
  await until(
    () => arena.done<{ services: readonly { readings: readonly { value?: number; because?: string }[] }[] }>('scale.status', scope),
    (seen) =>
      seen.services.length === 2 * queues.length &&
      seen.services.every(({ readings }) =>
        readings.every(({ value, because = 'it has not' }) => value !== undefined || !because.startsWith('it has not')),
      ),
    undefined,
    250,
  );
  for (const one of [...canaries, allowed]) one.close();
}
