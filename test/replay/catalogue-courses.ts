// The part of the catalogue about canaries, blue-green switches and their analysis.
import type { Entry } from './catalogue.ts';

const tested = (id: string, title: string, because?: string): Entry => ({ id, title, status: 'tested', because });

export const courseEntries: readonly Entry[] = [
  tested('C-01', 'a share, a pause, and then all of it'),
  tested(
    'C-02',
    'an abort gives the traffic back; a retry begins at the first step',
    'the canary stays without traffic for `abort_scale_down` (30s); `keep`, not 0, keeps it',
  ),
  tested('C-03', 'promote --full skips what is left; an abort after it works'),
  tested('C-04', 'a fail in the background turns at any step; without a verdict people decide'),
  tested('C-05', 'each step goes on only after a pass of its own', 'or, before the last one, after step_at_most without a fail'),
  tested(
    'C-06',
    'of two judged services one fails: both turn round, and nothing more is asked of the other',
    'told with two services, and with two metrics of one (`analysis.metrics`), which are one analysis',
  ),
  tested('C-07', 'a preview shows the new side while the old one is active'),
  tested('C-08', 'what fails after the switch goes back to the old side, which is still up'),
  tested('C-09', 'fewer instances for the preview, all of them before the switch'),
  tested('C-11', 'a rollback within the window takes no analysis'),
  tested('C-12', 'a shrunk old side takes its traffic back only as it grows'),
  tested('C-14', 'a metric on trial is reported and does not fail'),
  tested('C-15', 'nothing measured is never a pass'),
  tested('C-17', 'a mirror before any share; capacity for each share'),
  tested('C-18', 'too many failures: the traffic goes back, the reason is told, a hook hears of it'),
  tested('C-19', 'held means held'),
  tested('C-20', 'who does not come up gets no traffic'),
  tested(
    'C-21',
    'the old set is scaled to the demand before its traffic returns',
    'beside the code, where the demand can be set; on instances with C-12',
  ),
  tested('C-22', 'a changed variable alone is a rollout'),
  tested('C-23', 'an unknown metric is never a pass: it ends as inconclusive, with its name'),
  tested('C-24', 'goes on when all are healthy, never with one missing'),
  tested(
    'C-25',
    'out of attempts fails before the deadline',
    'two crashes are borne on the way, fewer where `restart` grants fewer attempts',
  ),
  tested('C-26', 'a list of visitors meets the new version; after the end nobody does'),
];
