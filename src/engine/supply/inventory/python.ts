// Python: requirements.txt with pinned versions, poetry.lock, uv.lock, Pipfile.lock, and what lies installed.
import { parse } from 'smol-toml';
import { pythonComponent } from '../../../decide/supply/purl.ts';
import type { Component } from '../../../model/supply/component.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Reader } from './reader.ts';
import { isRecord, nameOf, recordIn, skipped, textIn } from './reader.ts';

const limits = { size: 64 * 2 ** 20, depth: 32, values: 2_000_000 };

export const requirements: Reader = {
  reads: (path) => /^requirements[\w.-]*\.txt$/.test(nameOf(path)),
  read: ({ path, text }) => {
    const lines = text
      .replaceAll(/\\\r?\n/g, ' ')
      .split(/\r?\n/)
      .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
      .filter(
        (line) =>
          line !== '' && !/^(?:--?(?:i|index-url|extra-index-url|hash|trusted-host|find-links|f|no-binary|only-binary)\b)/.test(line),
      );
    const pinned = lines.map((line) => /^([\w.-]+)(?:\[[\w.,\s-]*\])?\s*===?\s*([\w.!+-]+)\s*(?:;.*|--hash.*)?$/.exec(line));
    const components = pinned.flatMap((match): Component[] =>
      match?.[1] !== undefined && match[2] !== undefined ? [pythonComponent(match[1], match[2], { licence: undefined, path })] : [],
    );
    return {
      components,
      because: skipped(
        lines.filter((_, at) => !pinned[at]),
        'are not pinned to one version',
      ),
    };
  },
};

/** poetry.lock and uv.lock list `[[package]]` alike. */
export const pythonToml: Reader = {
  reads: (path) => ['poetry.lock', 'uv.lock', 'pdm.lock'].includes(nameOf(path)),
  read: ({ path, text }) => {
    const { package: all } = parse(text, { maxDepth: limits.depth });
    const entries = Array.isArray(all) ? all.filter(isRecord) : [];
    const components = entries.flatMap((entry): Component[] => {
      const [name, version] = [textIn(entry, 'name'), textIn(entry, 'version')];
      // The project itself, in uv's list.
      const own = ['virtual', 'editable', 'directory'].some((kind) => textIn(recordIn(entry, 'source'), kind) !== undefined);
      return own || name === undefined || version === undefined ? [] : [pythonComponent(name, version, { licence: undefined, path })];
    });
    return { components };
  },
};

export const pipfile: Reader = {
  reads: (path) => nameOf(path) === 'Pipfile.lock',
  read: ({ path, text }) => {
    const lock = parseJson(text, limits, path);
    const entries = [...Object.entries(recordIn(lock, 'default')), ...Object.entries(recordIn(lock, 'develop'))];
    const exact = (entry: unknown): string | undefined => /^===?(.+)$/.exec(textIn(entry, 'version') ?? '')?.[1];
    const components = entries.flatMap(([name, entry]): Component[] => {
      const version = exact(entry);
      return version === undefined ? [] : [pythonComponent(name, version, { licence: undefined, path })];
    });
    return {
      components,
      because: skipped(
        entries.filter(([, entry]) => exact(entry) === undefined).map(([name]) => name),
        'are not pinned to one version',
      ),
    };
  },
};

/** The head of an installed package's METADATA is that of an e-mail (core metadata, PEP 566). */
export const pythonInstalled: Reader = {
  reads: (path) => /\.(?:dist-info\/METADATA|egg-info\/PKG-INFO)$/.test(path),
  read: ({ path, text }) => {
    const [head = ''] = text.split(/\r?\n\r?\n/, 1);
    const field = (name: string): string | undefined =>
      head
        .split(/\r?\n/)
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const [name, version] = [field('name'), field('version')];
    if (name === undefined || version === undefined) throw new Error('it names no package and version');
    const declared = field('license-expression') ?? field('license');
    const licence = declared === undefined || declared === '' || declared === 'UNKNOWN' ? undefined : declared.slice(0, 200);
    return { components: [pythonComponent(name, version, { licence, path })] };
  },
};
