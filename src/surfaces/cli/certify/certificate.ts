// `certificate verify|show|diff|report|badge|sign|key`.
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import { readinessFrom } from './certify.ts';
import { showCertificate } from './show.ts';

/** Exit code 13 where it does not hold, whatever it says. */
export async function verify(session: Session, given: Given): Promise<number> {
  const certifying = await session.world.certifying();
  const wanted = given.text('criteria') === undefined ? undefined : await readinessFrom(session, given, certifying);
  const [file = ''] = given.arguments;
  const path = (name: string) => {
    const text = given.text(name);
    return text === undefined ? undefined : session.path(text);
  };
  const verified = await certifying.verify({
    file: session.path(file),
    evidence: path('evidence'),
    keys: given.list('key').map((one) => session.path(one)),
    home: home(session),
    source: path('source'),
    readiness: wanted,
    here: given.flag('here'),
    releases: given.flag('here') ? await liveReleases(session, given) : undefined,
    signal: session.signal,
  });
  const { out } = session;
  out.document(verified);
  const rows = verified.steps.map(({ number, name, state, said }) => [String(number), name, state, said]);
  out.text(tableText(['STEP', 'OF', 'STATE', 'BECAUSE'], rows, out.paint, out.width));
  if (verified.headline !== undefined) out.text(`\n${verified.headline}`);
  out.text(out.paint(verified.holds ? 'green' : 'red', `The certificate is ${verified.word.replaceAll('_', ' ')}.`));
  return verified.holds ? exit.ok : exit.unmet;
}

export async function show(session: Session, given: Given): Promise<number> {
  const found = await (await session.world.certifying()).read(fileFrom(session, given));
  session.out.document(found.statement);
  showCertificate(session.out, found);
  session.out.text('Nothing of this was checked: "codectl certificate verify" does.');
  return exit.ok;
}

export async function diff(session: Session, given: Given): Promise<number> {
  const [before = '', after = ''] = given.arguments;
  const compared = await (await session.world.certifying()).compare(session.path(before), session.path(after));
  const { out } = session;
  out.document(compared);
  const rows = compared.differences
    .filter(({ kind }) => kind !== 'same')
    .map((one) => [one.criterion, one.kind, one.before ?? '', one.after ?? '']);
  out.text(
    rows.length === 0
      ? 'Every criterion came out as before.'
      : tableText(['CRITERION', 'IS', 'BEFORE', 'AFTER'], rows, out.paint, out.width),
  );
  out.text(`Level ${compared.level.before} → ${compared.level.after}, score ${compared.score.before} → ${compared.score.after}`);
  if (!compared.comparable) out.text('They were judged by different criteria.');
  return exit.ok;
}

export async function report(session: Session, given: Given): Promise<number> {
  const directory = session.path(given.text('out') ?? '.');
  const files = await (await session.world.certifying()).report(fileFrom(session, given), directory);
  session.out.document({ files });
  session.out.text(`Written: ${files.join(', ')}`);
  return exit.ok;
}

export async function badge(session: Session, given: Given): Promise<number> {
  const svg = await (await session.world.certifying()).badge(fileFrom(session, given));
  session.out.document({ svg });
  session.out.text(svg.trimEnd());
  return exit.ok;
}

export async function sign(session: Session, given: Given): Promise<number> {
  const key = session.path(given.text('key') ?? 'key.pem');
  const id = await (await session.world.certifying()).sign(fileFrom(session, given), key);
  session.out.document({ key: id });
  session.out.text(`Signed by the key ${id.slice(0, 16)}; whoever checks it now needs both public keys (--key, twice).`);
  return exit.ok;
}

export async function key(session: Session): Promise<number> {
  const found = await (await session.world.certifying()).key(home(session));
  session.out.document(found);
  session.out.text(found.pem.trimEnd());
  return exit.ok;
}

function fileFrom(session: Session, { arguments: [file = ''] }: Given): string {
  return session.path(file);
}

function home({ world, flags }: Session): string {
  return world.home(flags.home).root;
}

/** Of the environment that the certificate is about, by the engine that runs here. */
async function liveReleases(session: Session, given: Given): Promise<Readonly<Record<string, string>>> {
  const { statement } = await (await session.world.certifying()).read(fileFrom(session, given));
  const { application, environment } = (statement as { readonly predicate: { readonly application: string; readonly environment: string } })
    .predicate;
  const target = await (await session.api()).call('trials.target', { application, environment });
  return Object.fromEntries(target.services.map(({ service, release }) => [service, release]));
}
