import { limits } from '../house.ts';
import type { Rule } from '../rule.ts';

/** How long a file and a function may get. */
export const sizeRule: Rule = {
  name: 'size',
  why: 'In nearly every code base one file grows without end and the flow has to be dug out of it. A function is measured without the functions nested in it, so that a factory is not charged for its closures.',
  check: (tree) =>
    tree.sources.flatMap(({ path, lineCount, syntax }) => [
      ...(lineCount > limits.fileLines
        ? [{ path, message: `${lineCount} lines; a file ends at ${limits.fileLines}` }]
        : []),
      ...syntax.functions
        .filter(({ ownLines }) => ownLines > limits.functionLines)
        .map(({ name, ownLines, startLine }) => ({
          path,
          line: startLine,
          message: `${name} has ${ownLines} lines of its own; a function ends at ${limits.functionLines}`,
        })),
    ]),
};
