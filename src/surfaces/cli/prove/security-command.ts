// What `prove security` is called with.
import type { CommandSpec } from '../command.ts';
import { trialOptions } from './options.ts';

export const securityCommand: CommandSpec = {
  name: 'prove security',
  arguments: '[application]',
  summary: 'Attack the application through its own routes, harmlessly, and tell which weaknesses it has',
  options: [
    { flags: '--fail-on <severity>', description: 'info, low, medium, high (default) or critical: exit code 13 from there on' },
    { flags: '--paths <file>', description: 'what else to look at, a line each: GET /orders?after=1, POST /orders {"product":"tea"}' },
    { flags: '--only <probe>', description: 'this probe alone (headers.csp, ssrf.callback …)', repeat: true },
    { flags: '--most-pages <count>', description: 'look at so many pages of a site at most (default: 30)' },
    { flags: '--most-requests <count>', description: 'send so many requests to a site at most (default: 20000)' },
    { flags: '--patience <time>', description: 'how long an answer is waited for (default: 10s)' },
    { flags: '--profile <name>', description: 'what the book of trials calls it (default: standard)' },
    { flags: '--sarif <file>', description: 'write the findings as SARIF 2.1.0, too' },
    { flags: '--junit <file>', description: 'write the probes as JUnit XML, too' },
    ...trialOptions,
  ],
  examples: [
    'codectl prove security shop --env staging',
    'codectl prove security shop --fail-on medium --sarif security.sarif --junit security.xml',
    'codectl prove security shop --only headers.csp --only cors.reflection --json',
  ],
  run: async (session, given) => (await import('./security.ts')).security(session, given),
};
