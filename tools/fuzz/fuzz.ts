// `npm run fuzz -- [--seconds N] [--rounds N] [--seed S] [--target manifest|gateway|api|scenario|experiment|har|openapi|archive]…`: draws inputs for the
// readers of manifests, of requests at the gateway and at the API, of the files of trials, and of archives of images, for N seconds in all (20 by default) or N rounds each, and tells what is wrong with the shortest input that shows
// it. `--seed` with `--rounds 1` tries one input again. Exit code 1 if anything was found.
import { parseArgs } from 'node:util';
import { apiRequests } from './api.ts';
import { archives } from './archive.ts';
import { descriptions, experiments, recordings, scenarios } from './documents.ts';
import type { Hunted } from './fuzzer.ts';
import { hunt } from './fuzzer.ts';
import { gatewayRequests } from './gateway.ts';
import { manifests } from './manifest.ts';
import type { Target } from './target.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    target: { type: 'string', multiple: true },
  },
});
const targets: Readonly<Record<string, () => Target | Promise<Target>>> = {
  manifest: manifests,
  gateway: gatewayRequests,
  api: apiRequests,
  scenario: scenarios,
  experiment: experiments,
  har: recordings,
  openapi: descriptions,
  archive: archives,
};
const chosen = values.target ?? Object.keys(targets);
const unknown = chosen.find((one) => !(one in targets));
if (unknown !== undefined) {
  process.stderr.write(`There is no target ${unknown}; there are ${Object.keys(targets).join(', ')}.\n`);
  process.exit(2);
}
// Another one each time, unless one is named: what was found is told with its own.
const from = values.seed === undefined ? Math.floor(Date.now() / 1_000) % 1_000_000_000 : Number(values.seed);
const rounds = values.rounds === undefined ? Number.POSITIVE_INFINITY : Number(values.rounds);
const share = values.rounds === undefined ? (Number(values.seconds) * 1_000) / chosen.length : Number.POSITIVE_INFINITY;

// A defect that nobody awaited belongs to the input that is being tried.
const escaped: unknown[] = [];
for (const kind of ['uncaughtException', 'unhandledRejection'] as const) process.on(kind, (thrown: unknown) => void escaped.push(thrown));

let found = 0;
for (const name of chosen) {
  const target = await targets[name]?.();
  if (!target) continue;
  const guarded = { ...target, attempt: async (input: string) => (await target.attempt(input)) ?? escapedNow() };
  const started = performance.now();
  const hunted = await hunt(guarded, { from, goOn: (tried) => tried < rounds && performance.now() - started < share });
  tell(name, hunted, (performance.now() - started) / 1_000);
  found += hunted.finds.length;
  await target.close();
}
process.exit(found > 0 ? 1 : 0);

function escapedNow(): string | undefined {
  const [first] = escaped.splice(0);
  return first === undefined
    ? undefined
    : `nobody caught ${first instanceof Error ? (first.stack ?? first.message) : JSON.stringify(first)}`;
}

function tell(name: string, { tried, finds }: Hunted, seconds: number): void {
  const rate = Math.round(tried / seconds);
  process.stdout.write(`${name}: ${tried} inputs from seed ${from} in ${seconds.toFixed(1)} s (${rate} a second), ${finds.length} found\n`);
  for (const { seed, problem, input, shortest } of finds) {
    process.stdout.write(`found: ${name}: seed ${seed}: ${problem}\n`);
    process.stdout.write(`  shortest: ${JSON.stringify(shortest).slice(0, 2_000)}\n  of ${input.length} letters, now ${shortest.length}\n`);
    process.stdout.write(`  again: npm run fuzz -- --target ${name} --seed ${seed} --rounds 1\n`);
  }
}
