import type { Finding, Rule } from '../rule.ts';

/** Directories under which only one machine keeps its files. */
const machinePath =
  /(?<![\w.\-/:}>~$*])\/(?:home|root|Users|work|workspace|tmp|mnt|private)\/[\w.-]+/;
const outside = /(?<![\w/.])(?:\.\.\/)+shared\b/;
const packageRegistry = /\b(?:registry\s*=|artifactory|nexus|verdaccio)\b/i;

export const machinePathsRule: Rule = {
  name: 'machine-paths',
  why: 'What names one machine, or the mirror it installs from, breaks on every other.',
  check: (tree) => [
    ...tree.files.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index): Finding[] => {
        const found = [machinePath, outside].map((pattern) => pattern.exec(line)?.[0]);
        return found
          .filter((match) => match !== undefined)
          .map((match) => ({ path, line: index + 1, message: `names ${match}` }));
      }),
    ),
    ...tree.files
      .filter(({ path }) => /(^|\/)(\.npmrc|settings\.xml|package-lock\.json)$/.test(path))
      .flatMap(({ path, text }) => mirrors(path, text)),
  ],
};

const mirrors = (path: string, text: string): Finding[] =>
  text.split('\n').flatMap((line, index) => {
    const host = /"resolved": "https?:\/\/([^/"]+)/.exec(line)?.[1];
    const named = host ?? (packageRegistry.test(line) ? line.trim() : undefined);
    if (named === undefined) return [];
    const remedy = 'npm install --omit-lockfile-registry-resolved';
    return [{ path, line: index + 1, message: `names the package registry ${named}; ${remedy}` }];
  });
