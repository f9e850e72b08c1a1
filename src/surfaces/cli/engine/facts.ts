// `doctor`, `settings show`, `version`: what the engine knows about itself and this machine.
import { hasCode } from '../../../base/errors.ts';
import type { FindingView } from '../api.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function doctor(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('system.doctor');
  out.document(answer);
  out.text(findingsText(answer.findings, out.paint));
  return answer.findings.some((one) => one.state === 'missing') ? exit.failed : exit.ok;
}

export function findingsText(findings: readonly FindingView[], paint: Paint): string {
  const styles = { ok: 'green', limited: 'yellow', missing: 'red' } as const;
  return findings
    .map(({ subject, state, message, hint }) => {
      const line = `${paint(styles[state], state.padEnd(7))} ${subject}: ${message}`;
      return hint === undefined ? line : `${line}\n        ${hint}`;
    })
    .join('\n');
}

export async function settings(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('system.settings');
  out.document(answer.settings);
  const rows = Object.entries(answer.settings).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
  out.text(tableText(['SETTING', 'VALUE'], rows, out.paint, out.width));
  return exit.ok;
}

export async function version(session: Session): Promise<number> {
  const { out, world } = session;
  const own = await world.version();
  const daemon = await daemonVersion(session);
  out.document({ version: own, ...(daemon === undefined ? {} : { daemon }), node: process.versions.node });
  out.text(`codectl ${own}, Node.js ${process.versions.node}`);
  out.text(daemon === undefined ? 'no daemon runs' : `daemon ${daemon}`);
  return exit.ok;
}

async function daemonVersion(session: Session): Promise<string | undefined> {
  try {
    return (await (await session.api()).call('system.info')).version;
  } catch (thrown) {
    if (hasCode(thrown, 'daemon_unavailable')) return undefined;
    throw thrown;
  }
}
