// What is told to people outside: one message, by whom, and how much it matters.

export const severities = ['info', 'warning', 'critical'] as const;

export interface Notice {
  /** The same in every attempt. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly severity: (typeof severities)[number];
  /** The principal that sends it, so that nobody takes it for the word of somebody else. */
  readonly from: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
