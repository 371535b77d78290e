import type { Finding, Rule } from '../rule.ts';
import type { Tree } from '../tree.ts';

/** The promises of docs/guarantees.md, numbered, each with a test that exists. That the test would fail is for its author to show. */
const page = 'docs/guarantees.md';
/** `G7.`, alone or after heading, list or bold marks, opens promise 7. */
const promiseStart = /^(?:#+ |[-*] |\|\s*)?(?:\*\*)?G(\d+)\b/;
const testPath = /[\w@./-]+\.test\.ts\b/g;

interface Guarantee {
  readonly number: number;
  readonly line: number;
  readonly text: string;
}

export const guaranteesRule: Rule = {
  name: 'guarantees',
  why: 'A promise without a test that fails when it is broken is a hope.',
  check: (tree) => {
    const text = tree.text(page);
    if (text === undefined) return [{ path: page, message: 'is missing' }];
    const promises = readPromises(text);
    if (promises.length === 0)
      return [{ path: page, message: 'holds no numbered promise (G1, G2 …)' }];
    return [...outOfOrder(promises), ...promises.flatMap((promise) => checkPromise(tree, promise))];
  },
};

/** Each promise with the text up to the next promise or heading. */
function readPromises(text: string): Guarantee[] {
  const promises: Guarantee[] = [];
  let open = false;
  for (const [index, line] of text.split('\n').entries()) {
    const number = promiseStart.exec(line)?.[1];
    if (number !== undefined) {
      promises.push({ number: Number(number), line: index + 1, text: line });
      open = true;
    } else if (line.startsWith('#')) {
      open = false;
    } else if (open) {
      const last = promises.pop();
      if (last !== undefined) promises.push({ ...last, text: `${last.text}\n${line}` });
    }
  }
  return promises;
}

const outOfOrder = (promises: readonly Guarantee[]): Finding[] =>
  promises
    .filter(({ number }, index) => number !== index + 1)
    .slice(0, 1)
    .map(({ number, line }) => ({
      path: page,
      line,
      message: `G${number} is out of order: promises are numbered 1, 2, 3 … and never reused`,
    }));

function checkPromise(tree: Tree, { number, line, text }: Guarantee): Finding[] {
  const named = [...text.matchAll(testPath)].map(([path]) => path.replace(/^(\.\.\/)+/, ''));
  if (named.length === 0) return [{ path: page, line, message: `G${number} names no test` }];
  return named
    .filter((path) => !tree.exists(path))
    .map((path) => ({
      path: page,
      line,
      message: `G${number} names ${path}, which does not exist`,
    }));
}
