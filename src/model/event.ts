// What the engine tells those who watch: one flat record per thing that happened, numbered without gaps.

export type EventKind =
  | 'deployment.started'
  | 'deployment.turned' // began to revert
  | 'deployment.ended'
  | 'service.stage' // a service entered a stage
  | 'service.progress' // n of m ready
  | 'service.scaled' // another size, decided by what is measured
  | 'scale.paused'
  | 'scale.resumed'
  | 'service.step' // a canary's or blue-green's share changed, or waits for somebody
  | 'service.verdict' // what an analysis has found so far, when that changes
  | 'deployment.paused'
  | 'deployment.resumed'
  | 'deployment.promoted'
  | 'instance.waiting' // for its image, which is fetched or built
  | 'instance.started'
  | 'instance.ready'
  | 'instance.unready'
  | 'instance.exited'
  | 'instance.stopped'
  | 'traffic.applied'
  | 'traffic.paused'
  | 'traffic.resumed'
  | 'lock.acquired'
  | 'lock.released'
  | 'approval.given'
  | 'approval.withdrawn'
  | 'approval.glass_broken' // a plan is carried out without the approval that it needs
  | 'policy.changed'
  | 'taint.lifted' // a program that read words of others may change things again
  | 'secret.set'
  | 'secret.removed'
  | 'task.started'
  | 'task.retried'
  | 'task.ended'
  | 'task.skipped' // a scheduled run that does not take place
  | 'gateway.restarted'
  | 'drift.found'
  | 'drift.repaired'
  | 'trial.begun' // of what is deployed; its end is told too
  | 'trial.ended'
  | 'incident.opened' // by somebody, or because a deployment went back by itself
  | 'incident.noted'
  | 'incident.acknowledged'
  | 'incident.resolved'
  | 'watch.found' // an instance does what its manifest does not let one expect
  | 'watch.cleared'
  | 'upstream.attached' // a program, whose tools may be used
  | 'engine.started'
  | 'engine.problem';

export interface EngineEvent {
  readonly sequence: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly application?: string;
  readonly environment?: string;
  readonly service?: string;
  readonly deployment?: string;
  readonly instance?: string;
  readonly release?: string;
  /** One sentence for people. */
  readonly message: string;
  /** Facts for programs; flat JSON. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** An event before the store numbers it. */
export type NewEvent = Omit<EngineEvent, 'sequence'>;
