import { limits, serviceFace } from '../house.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Tree } from '../tree.ts';

/** The same files in every service, and a test beside every step. */
export const serviceFaceRule: Rule = {
  name: 'service-face',
  why: 'Who knows one service knows where everything stands in the next; and a step without a test beside it is a step nobody can change.',
  check: (tree) =>
    tree.workspaces
      .filter(({ directory }) => directory.startsWith('services/'))
      .flatMap(({ directory }) => [
        ...missingParts(tree, directory),
        ...longMain(tree, directory),
        ...untestedSteps(tree, directory),
      ]),
};

const missingParts = (tree: Tree, directory: string): Finding[] =>
  serviceFace
    .map((part) => `${directory}/${part}`)
    .filter((path) => !tree.exists(path))
    .map((path) => ({ path, message: 'is missing; every service has one' }));

const longMain = (tree: Tree, directory: string): Finding[] =>
  tree.sources
    .filter(
      ({ path, lineCount }) => path === `${directory}/src/main.ts` && lineCount >= limits.mainLines,
    )
    .map(({ path, lineCount }) => ({
      path,
      message: `${lineCount} lines; main.ts only reads config, builds and starts, in under ${limits.mainLines}`,
    }));

const untestedSteps = (tree: Tree, directory: string): Finding[] =>
  tree.sources
    .filter(({ path, isTest }) => path.startsWith(`${directory}/src/steps/`) && !isTest)
    .filter(({ path }) => {
      const stem = path.replace(/\.ts$/, '');
      return !tree.exists(`${stem}.test.ts`) && !tree.exists(`${stem}.stack.test.ts`);
    })
    .map(({ path }) => ({ path, message: 'is a step without a test beside it' }));
