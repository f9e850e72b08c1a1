// Keeps an answer to the members that were asked for, by their paths: `environments.services.state`.
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import { isObject } from '../schema.ts';

/** Paths pass through lists. Errors: `input_invalid` for one that leads nowhere in what there is. */
export function kept(value: unknown, paths: readonly string[]): unknown {
  for (const path of paths) refuseUnknown(value, path);
  return keptIn(
    value,
    paths.map((path) => path.split('.')),
  );
}

function keptIn(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((one) => keptIn(one, paths));
  if (!isObject(value)) return value;
  const wanted = Map.groupBy(paths, ([first = '']) => first);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
      const below = wanted.get(key);
      return below
        ? [
            [
              key,
              keptIn(
                member,
                below.map((path) => path.slice(1)),
              ),
            ],
          ]
        : [];
    }),
  );
}

function refuseUnknown(value: unknown, path: string): void {
  let places: readonly unknown[] = [value];
  for (const part of path.split('.')) {
    const objects = places.flat(3).filter(isObject);
    const names = [...new Set(objects.flatMap((one) => Object.keys(one)))];
    if (names.length === 0) return;
    if (!names.includes(part))
      throw new CodeError('input_invalid', `fields: there is no ${JSON.stringify(path)}${didYouMean(part, names)}.`, {
        details: { problems: [{ field: 'fields', message: path }], allowed: names },
      });
    places = objects.map((one) => one[part]);
  }
}
