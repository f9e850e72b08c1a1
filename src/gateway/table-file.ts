// Keeps the route table on disk, so that a gateway that starts anew serves at once and without the daemon.
import { join } from 'node:path';
import { digestOf } from '../base/digest.ts';
import type { RouteTable } from '../model/route.ts';
import { readFileIfExists, writeFileAtomic } from '../platform/files.ts';
import { parseRouteTable } from './parse-table.ts';

/** `table.json` and, should that be damaged, `table.previous.json`; each says the digest of its table. */
export class TableFile {
  readonly #current: string;
  readonly #previous: string;
  #content: string | undefined;

  constructor(directory: string) {
    this.#current = join(directory, 'table.json');
    this.#previous = join(directory, 'table.previous.json');
  }

  /** Durable when it resolves. A crash at any moment leaves at least one whole table. Errors: `disk_full`, `home_unwritable`. */
  async save(table: RouteTable): Promise<void> {
    const text = JSON.stringify(table);
    const content = `{"digest":"${digestOf(text)}","table":${text}}\n`;
    if (this.#content !== undefined) await writeFileAtomic(this.#previous, this.#content);
    await writeFileAtomic(this.#current, content);
    this.#content = content;
  }

  /** The newest table that is whole; undefined when there is none. */
  async load(): Promise<RouteTable | undefined> {
    for (const path of [this.#current, this.#previous]) {
      const content = await readFileIfExists(path);
      const table = content === undefined ? undefined : readTable(content);
      if (table !== undefined) {
        this.#content = content;
        return table;
      }
    }
    return undefined;
  }
}

/** Undefined for anything but exactly what was written: torn, edited or foreign files are not traffic rules. */
function readTable(content: string): RouteTable | undefined {
  const match = /^\{"digest":"(sha256:[0-9a-f]{64})","table":(.*)\}\n$/s.exec(content);
  if (match?.[2] === undefined || digestOf(match[2]) !== match[1]) return undefined;
  try {
    return parseRouteTable(JSON.parse(match[2]));
  } catch {
    return undefined;
  }
}
