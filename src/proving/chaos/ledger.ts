// Writes records through the application's own API while faults act, keeps book of what was acknowledged, and reads everything back at the end.

import { randomText } from '../../base/ids.ts';
import { jsonIn } from '../../base/json.ts';
import type {
  IntegrityPlan,
  LedgerExhibit,
  LedgerItem,
  LedgerOutcome,
  LedgerWrite,
  RegisterOperation,
} from '../../model/proving/ledger.ts';
import { askPlainly } from '../../platform/fault/ask.ts';
import type { ChaosSite, ChaosTarget } from './site.ts';

const patience = 5_000;
/** Between two of one client: integrity is asked of writes, not of load. */
const pauseBetween = 20;
const readTries = 20;
const mostPages = 10_000;

export interface Ledger {
  finish(): Promise<LedgerExhibit>;
}

export function keepLedger(site: ChaosSite, plan: IntegrityPlan, target: ChaosTarget): Ledger {
  const over = new AbortController();
  const run = randomText(8);
  const writes: LedgerWrite[] = [];
  const register: RegisterOperation[] = [];
  const clients = Array.from({ length: plan.clients }, (_, client) => client);
  const work = [
    ...clients.map((client) => writing(site, plan, target, { run, client, writes }, over.signal)),
    ...(plan.register ? clients.map((client) => registering(site, plan.register, target, { run, client, register }, over.signal)) : []),
  ];
  return {
    finish: async () => {
      over.abort();
      await Promise.all(work);
      const read = await readBack(site, plan, target, run);
      return { writes, register, ...read };
    },
  };
}

interface Writer {
  readonly run: string;
  readonly client: number;
  readonly writes: LedgerWrite[];
}

async function writing(
  site: ChaosSite,
  { write }: IntegrityPlan,
  target: ChaosTarget,
  { run, client, writes }: Writer,
  signal: AbortSignal,
) {
  for (let seq = 0; !signal.aborted; seq += 1) {
    const id = `${run}-${client}-${seq}`;
    const value = `v-${id}`;
    const words = { id, client: String(client), seq: String(seq), value };
    const invokedAt = site.clock.now();
    const { outcome } = await send(target, { ...write, words });
    writes.push({ id, client, seq, value, invokedAt, completedAt: site.clock.now(), outcome });
    await site.clock.sleep(pauseBetween, signal).catch(() => undefined);
  }
}

interface Registrar {
  readonly run: string;
  readonly client: number;
  readonly register: RegisterOperation[];
}

/** Reads and writes in turn, each client at another key at any moment. Histories are kept short: the search for an order is dear. */
async function registering(
  site: ChaosSite,
  plan: IntegrityPlan['register'],
  target: ChaosTarget,
  { run, client, register }: Registrar,
  signal: AbortSignal,
) {
  if (plan === undefined) return;
  for (let turn = 0; !signal.aborted && turn < mostTurns; turn += 1) {
    const key = `${run}-${(client + turn) % plan.keys}`;
    const written = `w-${client}-${turn}`;
    // Each client goes round all keys to write, then to read: every key meets both.
    const kind = (Math.floor(turn / plan.keys) + client) % 2 === 0 ? 'write' : 'read';
    const words: Readonly<Record<string, string>> = { key, value: written };
    const ask = kind === 'write' ? { ...plan.write, words } : { path: plan.read.path, method: 'GET', words };
    const invokedAt = performance.now();
    const { outcome, status, text } = await send(target, ask);
    const value = kind === 'write' ? written : status === 404 ? null : textAt(jsonIn(text), plan.read.value);
    const known = kind === 'read' && status === 404 ? 'ok' : outcome;
    register.push({ key, client, kind, value: value ?? null, invokedAt, completedAt: performance.now(), outcome: known });
    await site.clock.sleep(registerPause, signal).catch(() => undefined);
  }
}

const mostTurns = 200;
const registerPause = 250;

interface Sent {
  readonly outcome: LedgerOutcome;
  readonly status: number;
  readonly text: string;
}

/** A refusal by the application (4xx) did not happen; anything that broke may have. */
async function send(
  { plainDoor, route }: ChaosTarget,
  ask: {
    readonly method: string;
    readonly path: string;
    readonly body?: string;
    readonly type?: string;
    readonly words: Readonly<Record<string, string>>;
  },
): Promise<Sent> {
  const body = ask.body === undefined ? undefined : filled(ask.body, ask.words);
  const headers = { host: route.host, ...(body !== undefined && { 'content-type': ask.type ?? 'application/json' }) };
  const request = {
    ...plainDoor,
    method: ask.method,
    path: filled(ask.path, ask.words),
    headers,
    ...(body !== undefined && { body }),
    timeout: patience,
  };
  const answer = await askPlainly(request);
  if ('because' in answer) return { outcome: 'info', status: 0, text: '' };
  const { status, text } = answer;
  return { outcome: status < 300 ? 'ok' : status >= 400 && status < 500 ? 'fail' : 'info', status, text };
}

function filled(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? whole);
}

/** Of what was read only in part nothing is known: what stands on the rest may be lost or not. */
async function readBack(
  site: ChaosSite,
  { read }: IntegrityPlan,
  target: ChaosTarget,
  run: string,
): Promise<Pick<LedgerExhibit, 'found' | 'because'>> {
  const found: LedgerItem[] = [];
  let after = read.pages?.start;
  for (let page = 0; page < mostPages; page += 1) {
    const { items, because } = await readPage(site, read, target, after);
    if (items === undefined) return { because };
    // Records of others, and of experiments before this one, are nobody's here.
    found.push(...items.flatMap((item) => itemOf(item, read)).filter(({ id }) => id.startsWith(`${run}-`)));
    if (read.pages === undefined || items.length === 0) return { found };
    const last = textAt(items.at(-1), read.pages.after);
    if (last === undefined || last === after)
      return { because: `${read.path}: the last record of a page has no new "${read.pages.after}"` };
    after = last;
  }
  return { because: `${read.path} has more than ${mostPages} pages` };
}

interface Page {
  readonly items?: readonly unknown[];
  readonly because: string;
}

async function readPage(
  site: ChaosSite,
  { path, items: where }: IntegrityPlan['read'],
  target: ChaosTarget,
  after: string | undefined,
): Promise<Page> {
  let because = '';
  const words: Readonly<Record<string, string>> = after === undefined ? {} : { after: encodeURIComponent(after) };
  for (let tries = 0; tries < readTries; tries += 1) {
    const { status, text } = await send(target, { method: 'GET', path, words });
    const items = valueAt(jsonIn(text), where);
    if (status === 200 && Array.isArray(items)) return { items, because };
    because = status === 200 ? `there is no list at "${where}" of ${path}` : `${path} answered ${status || 'nothing'}`;
    await site.clock.sleep(500);
  }
  return { because };
}

function itemOf(item: unknown, { id, value }: IntegrityPlan['read']): readonly LedgerItem[] {
  const known = textAt(item, id);
  const found = value === undefined ? undefined : textAt(item, value);
  return known === undefined ? [] : [{ id: known, ...(found !== undefined && { value: found }) }];
}

function textAt(value: unknown, path: string): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .filter(Boolean)
    .reduce<unknown>(
      (at, step) => (typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined),
      value,
    );
}
