// The part of the catalogue about scheduling, scaling and operations.
import type { Entry } from './catalogue.ts';

const tested = (id: string, title: string, because?: string): Entry => ({ id, title, status: 'tested', because });
const later = (id: string, title: string, because: string): Entry => ({ id, title, status: 'later', because });

export const operationEntries: readonly Entry[] = [
  tested(
    'O-01',
    'a lost node: its replicas are replaced elsewhere, and not doubled when it returns',
    'on a Swarm of three nodes; that a daemon that returns doubles nothing is L-10',
  ),
  later(
    'O-02',
    'a node is drained: never below the wanted number, and it stays out',
    'processes have one node; that whoever leaves is replaced first is O-06 and R-12',
  ),
  tested(
    'O-03',
    'restart policy any, on-failure, none; delay, attempts, window',
    'attempts are counted together for all places of a service',
  ),
  tested('O-04', 'starts after failures wait exponentially longer'),
  tested(
    'O-06',
    'a restart is held up by the floor until there is room again',
    'the floor is the strategy’s; there is no object beside it',
  ),
  tested('O-07', 'to zero and back, holds of the size, sources that fail, live changes, the number without a scale'),
  tested('O-08', 'a rolling update at idle load makes nobody more; a version that crashes never drives the size up'),
  tested(
    'O-09',
    'what is old goes, up to those that a rollback reaches; what runs never does',
    'eleven release sets; snapshots go after a grace, which is shown with a clock set ahead; images stay with their Engine',
  ),
  tested('O-10', 'the audit lists two deployments and a rollback in order, by whom and when'),
  tested('O-11', 'of a removed application nothing remains; the gateway goes on for others'),
  tested('O-12', 'one start and one end for each command, with its outcome'),
  tested('O-13', 'who fails its check is not found, and found again once it passes'),
];
