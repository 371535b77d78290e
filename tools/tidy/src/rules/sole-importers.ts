import { soleImporters } from '../house.ts';
import type { Rule } from '../rule.ts';
import { packageOf } from '../workspaces.ts';

/** Drivers are imported by one workspace each; the table is in `house.ts`. */
export const soleImportersRule: Rule = {
  name: 'sole-importers',
  why: 'The faults of a driver are cured in one place; a second importer meets them uncured.',
  check: (tree) =>
    tree.sources.flatMap(({ path, syntax }) =>
      syntax.imports.flatMap(({ specifier, line }) => {
        const imported = packageOf(specifier) ?? '';
        const owner = soleImporters[imported];
        if (owner === undefined || path.startsWith(`${owner}/`)) return [];
        return [{ path, line, message: `${imported} is imported only by ${owner}` }];
      }),
    ),
};
