// The command that hosts of agents start.
import type { CommandSpec } from '../command.ts';

export const mcpCommands: readonly CommandSpec[] = [
  {
    name: 'mcp',
    summary: 'Serve the tools for agents (MCP) on standard input and output, or tell where the daemon serves them',
    options: [
      { flags: '--servers <names>', description: 'only the tools of these, with commas between; all: every tool' },
      { flags: '--read-only', description: 'only tools that change nothing' },
      { flags: '--stdio', description: 'on standard input and output (the default)' },
      { flags: '--http', description: 'print the address at which the daemon serves them' },
      {
        flags: '--interactive',
        description: 'a person sits at the host: may be asked there by form, such as to approve a plan where people do',
      },
      { flags: '--conformance', description: "serve the fixtures of the protocol's conformance suite, on an engine of its own" },
    ],
    examples: ['codectl mcp', 'codectl mcp --servers apps,observe --read-only', 'codectl mcp --http'],
    endless: true,
    run: async (session, given) => (await import('./mcp.ts')).mcp(session, given),
  },
];
