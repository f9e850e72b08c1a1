// `prove import`: what others recorded or described, judged as what it is, as a scenario that is known to be readable.

import { CodeError } from '../../base/errors.ts';
import { scenarioFromHar } from '../../decide/prove/scenario/har.ts';
import { scenarioFromOpenApi } from '../../decide/prove/scenario/openapi.ts';
import { readScenario } from '../../decide/prove/scenario/read.ts';
import { parseJson } from '../../platform/guard/document/json.ts';
import { parseYaml } from '../../platform/guard/document/yaml.ts';
import type { ImportWish, Proving } from '../../surfaces/cli/prove/proving.ts';

/** Recordings hold whole pages. */
const recording = { size: 256 * 2 ** 20, depth: 100, values: 20_000_000 };
const description = { size: 32 * 2 ** 20, depth: 200, values: 2_000_000 };

export const scenarioFrom: Proving['scenarioFrom'] = (wish) => {
  const made =
    wish.kind === 'har'
      ? scenarioFromHar(parseJson(wish.text, recording, wish.file), wish.file, wish.host)
      : scenarioFromOpenApi(described(wish), wish.file, wish.writes);
  // Nobody should be given a file that is refused.
  readScenario(made.text, wish.file);
  return made;
};

function described({ text, file }: ImportWish): unknown {
  if (text.trimStart().startsWith('{')) return parseJson(text, description, file);
  try {
    return parseYaml(text, description);
  } catch (cause) {
    throw new CodeError('input_invalid', `${file}: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}
