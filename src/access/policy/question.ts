// A call as the policy language is asked about it: who, what, on what, and the facts.
import type { Limits, Principal } from '../../model/principal.ts';
import type { Question } from './language.ts';
import type { Action } from './schema.ts';
import { groupsOf } from './schema.ts';

/** What an operation is about: an environment, an application, or – with neither – the engine. */
export interface Place {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
}

/** What is known of a change when leave is asked for it. */
export interface Facts {
  /** Of a plan: `deploy`, `rollback`, … */
  readonly kind?: string;
  readonly risk?: string;
  /** The largest number of instances that it gives to one service. */
  readonly replicas?: number;
  /** How many services it touches. */
  readonly services?: number;
  /** A trusted key signed all that it ships anew; and such a key vouches for who built it. Absent: it was not looked at. */
  readonly signed?: boolean;
  readonly provenance?: boolean;
  /** How many secrets were found in what it ships anew. */
  readonly exposed?: number;
  /** It goes back to an earlier release. */
  readonly back?: boolean;
  /** How many people its environment wants to approve it, and how many have. */
  readonly required?: number;
  readonly approvals?: number;
}

/** What holds for the caller at this moment. */
export interface Moment {
  readonly now: number;
  readonly frozen: boolean;
  readonly rollbacks: number;
  /** It has read what programs or strangers wrote. */
  readonly tainted: boolean;
}

type Uid = Extract<Question['principal'], { readonly type: string }>;

const kinds = { local_user: 'User', person: 'Person', token: 'Token', service: 'Service', agent: 'Agent' } as const;
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const engine: Uid = { type: 'Engine', id: 'engine' };

export function uidOf({ id, kind }: Principal): Uid {
  return { type: kinds[kind], id: nameOf(id) };
}

export function placeUid({ application, environment }: Place): Uid {
  if (application === undefined) return engine;
  if (environment === undefined) return { type: 'Application', id: application };
  return { type: 'Environment', id: `${application}/${environment}` };
}

export function questionOf(principal: Principal, action: Action, place: Place, facts: Facts, moment: Moment): Question {
  const [uid, asked] = [uidOf(principal), { type: 'Action', id: action.name }];
  const groups = groupsOf(action).map((id) => ({ type: 'Action', id }));
  const { id, person = id, limits = {} } = principal;
  return {
    principal: uid,
    action: asked,
    resource: placeUid(place),
    context: contextOf(facts, moment),
    entities: [
      { uid, attrs: { name: nameOf(id), person, limits: limitsOf(limits) }, parents: [] },
      { uid: asked, attrs: {}, parents: groups },
      placeOf(place),
    ],
  };
}

function contextOf(
  { back = false, required = 0, approvals = 0, ...known }: Facts,
  { now, frozen, rollbacks, tainted }: Moment,
): Question['context'] {
  const date = new Date(now);
  return {
    ...known,
    now: { __extn: { fn: 'datetime', arg: date.toISOString() } },
    hour: date.getUTCHours(),
    weekday: weekdays[date.getUTCDay()] ?? '',
    frozen,
    back,
    rollbacks,
    tainted,
    approvals,
    required,
  };
}

function limitsOf({ replicas, services, environments, rollbacksPerHour }: Limits) {
  return {
    ...(replicas !== undefined && { replicas }),
    ...(services !== undefined && { services }),
    ...(environments !== undefined && { environments: [...environments] }),
    ...(rollbacksPerHour !== undefined && { rollbacks: rollbacksPerHour }),
  };
}

/** With everything around it as its parents, so that these need not be told as well: what is told is paid for with every question. */
function placeOf({ application, environment }: Place): Question['entities'][number] {
  if (application === undefined) return { uid: engine, attrs: {}, parents: [] };
  const whole = placeUid({ application });
  if (environment === undefined) return { uid: whole, attrs: { name: application }, parents: [engine] };
  return { uid: placeUid({ application, environment }), attrs: { name: environment, application }, parents: [whole, engine] };
}

/** `token:ci` → `ci` */
function nameOf(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}
