// What policies can speak of: principals, the engine with its applications and environments, every operation, and the facts of a change.
import type { Effect } from '../../model/principal.ts';

/** An operation as policies see it. */
export interface Action {
  readonly name: string;
  readonly effect: Effect;
  readonly humansOnly?: boolean;
}

/** What applies a plan that ends a service that is live is asked for this besides. */
export const ending: Action = { name: 'change.end', effect: 'destroy' };

/** What is about who may, and who did. */
const recorded: ReadonlySet<string> = new Set(['audit', 'tokens', 'sessions', 'policy']);
/** What a change in is about what others may. */
const ruling: ReadonlySet<string> = new Set(['approvals', 'policy', 'taint']);
/** Words for those who look after what runs; nothing that runs is changed by them. */
const reporting: ReadonlySet<string> = new Set(['incidents.open', 'incidents.note']);
/** What everybody may who is known: it is about nobody else. */
const own: ReadonlySet<string> = new Set(['system.info', 'sessions.end']);

/** The groups that an action is in: its effect, and what it is about. */
export function groupsOf({ name, effect, humansOnly }: Action): readonly string[] {
  const [area] = name.split('.');
  return [
    effect,
    ...(recorded.has(area ?? '') && !own.has(name) ? ['access'] : []),
    ...(area === 'artifacts' ? ['contents'] : []),
    ...(own.has(name) ? ['basic'] : []),
    ...(ruling.has(area ?? '') && effect !== 'read' ? ['governing'] : []),
    ...(reporting.has(name) ? ['reporting'] : []),
    ...(humansOnly ? ['people'] : []),
  ];
}

const groups = ['read', 'plan', 'write', 'destroy', 'access', 'contents', 'basic', 'governing', 'reporting', 'people'];

const nouns = `type Limits = {
  replicas?: Long,
  services?: Long,
  environments?: Set<String>,
  rollbacks?: Long,
};

// approvals: people who approved the plan; required: how many its environment asks for; back: it goes back to an earlier release.
// signed: a trusted key signed all that the plan ships anew; provenance: and vouches for who built it; exposed: secrets found in it.
// tainted: its caller is a program that has read what programs or strangers wrote.
// hour (0 to 23) and weekday ("monday") are in UTC. Absent members are not known, or there are none.
type Context = {
  now: datetime,
  hour: Long,
  weekday: String,
  frozen: Bool,
  back: Bool,
  rollbacks: Long,
  tainted: Bool,
  approvals: Long,
  required: Long,
  kind?: String,
  risk?: String,
  replicas?: Long,
  services?: Long,
  signed?: Bool,
  provenance?: Bool,
  exposed?: Long,
};

// User: whoever owns the machine; Person: somebody whom an identity provider vouches for.
// person: who is behind a token; the tokens that are made with one have the same person, so forbid by it rather than by a token's name.
entity Engine;
entity Application in [Engine] = { name: String };
entity Environment in [Application] = { name: String, application: String };
entity User, Person, Token, Service, Agent = { name: String, person: String, limits: Limits };
`;

/** The schema in Cedar's own notation. */
export function schemaOf(actions: readonly Action[]): string {
  const declared = [...actions, ending].map(
    (action) => `action "${action.name}" in [${groupsOf(action)
      .map((one) => `"${one}"`)
      .join(', ')}] appliesTo {
  principal: [User, Person, Token, Service, Agent],
  resource: [Engine, Application, Environment],
  context: Context,
};`,
  );
  return [nouns, `action ${groups.map((one) => `"${one}"`).join(', ')};`, ...declared].join('\n');
}
