// What did not fit into an answer, kept whole for whoever was given the answer: the newest of it, in memory, by the digest of what it says.
import { createHash } from 'node:crypto';

/** Of one caller; all are named by the digest of their text. */
export interface Evidence {
  /** Its address; absent: it is too large to be kept. */
  keep(text: string): string | undefined;
  read(sha256: string): string | undefined;
}

/** Characters: of one text, of all of one caller, and of all callers. */
export interface EvidenceBounds {
  readonly text: number;
  readonly caller: number;
  readonly all: number;
}

const usual: EvidenceBounds = { text: 4_000_000, caller: 8_000_000, all: 64_000_000 };

export class EvidenceShelf {
  readonly #bounds: EvidenceBounds;
  /** By owner and digest, the oldest first. */
  readonly #kept = new Map<string, { readonly owner: string; readonly text: string }>();

  constructor(bounds: EvidenceBounds = usual) {
    this.#bounds = bounds;
  }

  /** `owner`: whatever tells callers apart and cannot be chosen by them. */
  of(owner: string): Evidence {
    return {
      keep: (text) => {
        if (text.length > this.#bounds.text) return undefined;
        const sha256 = createHash('sha256').update(text).digest('hex');
        const key = `${owner} ${sha256}`;
        this.#kept.delete(key);
        this.#kept.set(key, { owner, text });
        this.#shrink((one) => one === owner, this.#bounds.caller);
        this.#shrink(() => true, this.#bounds.all);
        return `code://evidence/${sha256}`;
      },
      read: (sha256) => this.#kept.get(`${owner} ${sha256}`)?.text,
    };
  }

  #shrink(counts: (owner: string) => boolean, most: number): void {
    const counted = [...this.#kept].filter(([, { owner }]) => counts(owner));
    let size = counted.reduce((sum, [, { text }]) => sum + text.length, 0);
    for (const [key, { text }] of counted) {
      if (size <= most) return;
      this.#kept.delete(key);
      size -= text.length;
    }
  }
}
