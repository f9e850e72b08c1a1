// What can be wrong with an export of the audit, one word for each way in which somebody can falsify it.

export type FaultKind =
  | 'edit' // a record is not as it was written
  | 'deletion' // records are missing from the beginning or the middle
  | 'truncation' // records are missing from the end
  | 'reorder' // records changed places
  | 'insertion' // a record too many
  | 'signature' // what was signed does not fit the key
  | 'withheld'; // a record whose content was not given out: it cannot be checked here

export interface Fault {
  readonly kind: FaultKind;
  /** Of the first record that it is about; 0: of none. */
  readonly sequence: number;
  readonly problem: string;
}

export function fault(kind: FaultKind, sequence: number, problem: string): Fault {
  return { kind, sequence, problem };
}

/** `3`, or `3 to 7`. */
export function rangeText(from: number, to: number): string {
  return from === to ? `Record ${from} is` : `Records ${from} to ${to} are`;
}

/** Unbroken ranges between two numbers that are not there. Costs as much as there is, however far apart the two are. */
export function gaps(from: number, to: number, present: Iterable<number>): readonly (readonly [number, number])[] {
  const inside = [...present].filter((n) => n >= from && n <= to).toSorted((a, b) => a - b);
  return [...inside, to + 1].flatMap((next, at) => {
    const begin = at === 0 ? from : (inside[at - 1] ?? 0) + 1;
    return begin < next ? [[begin, next - 1] as const] : [];
  });
}
