// A certificate on the terminal: what was not measured first.
import type { Out } from '../out.ts';
import { tableText } from '../table.ts';
import type { CertificateView } from './certifying.ts';

const colours = { met: 'green', 'not met': 'red', 'not measured': 'yellow' } as const;

export function showCertificate(out: Out, { headline, lines, domains, conditions }: CertificateView): void {
  const paint = (word: string) => (word in colours ? out.paint(colours[word as keyof typeof colours], word) : word);
  const rows = lines.map(({ id, word, wanted, measured }) => [id, paint(word), wanted, measured]);
  out.text(tableText(['CRITERION', 'RESULT', 'WANTED', 'MEASURED'], rows, out.paint, out.width));
  const scores = domains.map(({ domain, score, met, of }) => [domain, String(score), `${met} of ${of}`]);
  out.text(`\n${tableText(['DOMAIN', 'OF 10', 'MET'], scores, out.paint, out.width)}`);
  for (const one of conditions) out.text(`  ${one}`);
  out.text(`\n${out.paint('bold', headline)}`);
}
