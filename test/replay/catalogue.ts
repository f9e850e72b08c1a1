// The published behaviours of peers that this suite is about, by id: which are tested, and why the others are not yet.
// A test compares this list with the tests that exist, in both directions.

import { courseEntries } from './catalogue-courses.ts';
import { operationEntries } from './catalogue-operations.ts';

export interface Entry {
  readonly id: string;
  /** What is expected, in short. */
  readonly title: string;
  readonly status: 'tested' | 'later';
  /** For `later`: why. For `tested`: what part of it is told differently here, if any. */
  readonly because?: string;
}

const tested = (id: string, title: string, because?: string): Entry => ({ id, title, status: 'tested', because });

export const catalogue: readonly Entry[] = [
  tested('D-01', 'a new version that is never healthy: old serves, new is stopped, its logs are told'),
  tested('D-02', 'a first version that is never healthy: no route, 404'),
  tested(
    'D-03',
    'one of two targets unhealthy: not switched',
    'told with a first deployment; a rolling update switches instance by instance',
  ),
  tested('D-04', 'traffic only after the health gate'),
  tested('D-05', 'nothing reaches the old version after the switch'),
  tested('D-07', 'a host of another application is refused until its owner is removed'),
  tested('D-08', 'dependents wait for the first healthy primary'),
  tested('D-09', 'wrong listening port: expected and actual are named'),
  tested('D-10', 'redirects and 404 are not health, and the reason is shown'),
  tested('D-11', 'skip checks: deployed at once and recorded as unchecked'),
  tested('D-12', 'checks disabled: old is stopped first, the plan tells the downtime'),
  tested('D-13', 'bad after bad: at most the surge, old serves', 'a failed deployment goes back by itself, so no degraded state is left'),
  tested('D-14', 'a fix can be shipped while the live version is down'),
  tested('D-15', 'a malformed manifest is refused; mended, it goes on without a removal'),
  tested('D-18', 'waiting on purpose is not counted against the progress deadline', 'told with the bake and with a pause of a canary'),
  tested(
    'D-19',
    'progress deadline exceeded: the new version is taken down, or stays for a look',
    '`on_deadline: keep` pauses the deployment; canary and blue-green keep what went back for `abort_scale_down`',
  ),
  tested('D-20', 'a rollback is told by exit code, command line and API alike', 'the dashboard shows the word of the API'),
  tested('D-21', 'accepted but never converged is no success, and the wait is bounded'),
  tested('D-22', 'a crash inside the bake window rolls back'),
  tested('D-23', 'a health check that hangs meets the deadline'),
  tested(
    'D-24',
    'with a ratio of failures one is tolerated, the second rolls back',
    'without `max_failure_ratio` two crashes are tolerated on the way, whatever the size',
  ),
  tested('D-26', 'a failed rollback stays; reverting to what is live is refused'),
  tested('R-01', 'in flight within the budget completes'),
  tested('R-02', 'in flight beyond the budget: 504 at the deadline'),
  tested('R-03', 'an idle target drains at once'),
  tested('R-04', 'a WebSocket ends with 1001 within a second'),
  tested('R-05', 'event streams flow unbuffered'),
  tested('R-06', 'pause holds, resume proceeds, hold timeout is 504, stop fails with the message'),
  tested('R-08', 'a pause survives a redeploy and may come before it'),
  tested('R-10', 'SIGTERM right after the switch; workers have their own budget'),
  tested('R-11', 'nothing new to a task in shutdown, also over kept connections'),
  tested('R-12', 'scaling down drains the same way'),
  tested('R-13', 'a restarted proxy serves its routes from disk; a torn state is not followed'),
  tested('R-14', 'malformed 400, oversized 413, late 504, nobody 503'),
  tested('L-01', 'a manual lock refuses with holder, time, version and message'),
  tested('L-02', 'waiting for a lock polls to a timeout, but not for a manual one'),
  tested(
    'L-03',
    'one application one deployment, different ones side by side',
    'the newer deployment takes over instead of queueing, unless it is told to wait (L-02)',
  ),
  tested('L-04', 'a killed lock holder holds up nobody'),
  tested('L-05', 'two deploys at once: one wins, the other is refused'),
  tested('L-06', 'a newer revision drains the first one before it is stopped', 'told with a rolling update and with a canary'),
  tested('L-08', 'a newer deployment ends the running one and is named'),
  tested('L-09', 'a daemon killed in mid-deploy goes on from the recorded step'),
  tested('L-10', 'a daemon killed again and again neither loses nor doubles instances'),
  tested('L-11', 'a plan for another state is refused'),
  ...courseEntries,
  ...operationEntries,
];
