// Commands about what went wrong.
import type { CommandSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

const text = { flags: '--text <words>', description: 'what is known of it' };

export const incidentCommands: readonly CommandSpec[] = [
  {
    name: 'incident list',
    summary: 'List incidents that are not resolved, the newest first',
    options: [
      { flags: '--all', description: 'those that are resolved, too' },
      { flags: '--app <name>', description: 'only those of this application' },
      { flags: '--env <name>', description: 'only those in this environment' },
      { flags: '--limit <n>', description: 'at most so many (default: 20)' },
    ],
    examples: ['codectl incident list', 'codectl incident list --all --app shop'],
    run: async (session, given) => (await import('./incident.ts')).list(session, given),
  },
  {
    name: 'incident show',
    arguments: '<incident>',
    summary: 'Show what was written down about an incident',
    examples: ['codectl incident show shop-production-i3'],
    run: async (session, given) => (await import('./incident.ts')).show(session, given),
  },
  {
    name: 'incident open',
    arguments: '<title>',
    summary: 'Write down that something is wrong; one of a deployment that went back is there already',
    options: [
      text,
      { flags: '--severity <word>', description: 'info, warning (default) or critical' },
      { flags: '--run <id>', description: 'the deployment, task or trial that it is about' },
      ...scopeOptions,
    ],
    examples: ['codectl incident open "Payments fail for some cards" --severity critical --run shop-production-12'],
    run: async (session, given) => (await import('./incident.ts')).open(session, given),
  },
  {
    name: 'incident note',
    arguments: '<incident> <words>',
    summary: 'Write a note on an incident',
    options: [{ flags: '--run <id>', description: 'the deployment, task or trial that it speaks of' }],
    examples: ['codectl incident note shop-production-i3 "The price list was missing in the image."'],
    run: async (session, given) => (await import('./incident.ts')).note(session, given),
  },
  {
    name: 'incident acknowledge',
    arguments: '<incident>',
    summary: 'Say that you look after an incident',
    options: [text],
    examples: ['codectl incident acknowledge shop-production-i3'],
    run: async (session, given) => (await import('./incident.ts')).move(session, given, 'acknowledge'),
  },
  {
    name: 'incident resolve',
    arguments: '<incident>',
    summary: 'Say that an incident is over',
    options: [text],
    examples: ['codectl incident resolve shop-production-i3 --text "Shipped again with the price list."'],
    run: async (session, given) => (await import('./incident.ts')).move(session, given, 'resolve'),
  },
];
