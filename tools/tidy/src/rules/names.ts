import { drawers } from '../house.ts';
import type { Finding, Rule } from '../rule.ts';

/** Names of source files and of the directories above them. */
const kebabCase = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*$/;

export const namesRule: Rule = {
  name: 'names',
  why: 'A drawer (utils, types, common …) collects everything and explains nothing; a file is named, in kebab-case, for the one thing inside.',
  check: (tree) =>
    tree.sources.flatMap(({ path }) => {
      const segments = path
        .split('/')
        .map((segment) =>
          segment.replace(/\..*$/, (suffix) => (segment.startsWith('.') ? suffix : '')),
        );
      return segments.flatMap((segment): Finding[] => {
        if (drawers.has(segment)) return [{ path, message: `"${segment}" is a drawer` }];
        if (!kebabCase.test(segment)) return [{ path, message: `"${segment}" is not kebab-case` }];
        return [];
      });
    }),
};
