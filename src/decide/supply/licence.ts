// Licences as SPDX expressions (SPDX 2.3, annex D), and whether a list permits them. What was not declared permits nothing and breaks nothing.
import parse from 'spdx-expression-parse';
import type { Component, Measured } from '../../model/supply/component.ts';

export interface LicenceRules {
  /** Ids of SPDX; empty: all that are not denied. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export interface LicenceVerdict {
  readonly purl: string;
  readonly licence?: string;
  readonly state: Measured;
  readonly because?: string;
  readonly found: readonly string[];
}

export function isExpression(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

export function judgeLicence({ purl, licence, found }: Component, rules: LicenceRules): LicenceVerdict {
  const { state, because } = stateOf(licence, rules);
  return { purl, ...(licence !== undefined && { licence }), state, ...(because !== undefined && { because }), found };
}

function stateOf(licence: string | undefined, { allow, deny }: LicenceRules): Pick<LicenceVerdict, 'state' | 'because'> {
  if (licence === undefined) return { state: 'not_measured', because: 'no licence is declared where we looked' };
  if (!isExpression(licence)) return { state: 'not_measured', because: 'what is declared is no SPDX expression' };
  const expression = parse(licence);
  if (!isSatisfied(expression, (one) => !deny.includes(one)))
    return { state: 'not_met', because: `licences_deny does not let ${licence} be` };
  if (isSatisfied(expression, (one) => !deny.includes(one) && (allow.length === 0 || allow.includes(one)))) return { state: 'met' };
  return { state: 'not_met', because: `licences_allow does not name what ${licence} asks for` };
}

type Node = ReturnType<typeof parse>;

/** Of a choice one side is enough, of a sum both are needed. */
function isSatisfied(node: Node, permits: (licence: string) => boolean): boolean {
  if (!('conjunction' in node))
    return permits(`${node.license}${node.plus === true ? '+' : ''}${node.exception === undefined ? '' : ` WITH ${node.exception}`}`);
  const [left, right] = [isSatisfied(node.left, permits), isSatisfied(node.right, permits)];
  return node.conjunction === 'or' ? left || right : left && right;
}
