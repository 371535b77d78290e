import type { Finding, Rule } from '../rule.ts';
import { isNode, type SyntaxNode } from '../syntax.ts';

/** Tests that run, wait for conditions and touch the real thing. Asserting enough is for a reviewer. */
export const honestTestsRule: Rule = {
  name: 'honest-tests',
  why: 'A focused or skipped test hides the others or itself; a sleep is slow when it works and flaky when it does not, and so is a wait of a second; a mocked module proves the mock.',
  check: (tree) =>
    tree.sources
      .filter(({ path }) => path.endsWith('.test.ts'))
      .flatMap(({ path, syntax }) => {
        const findings: Finding[] = [];
        syntax.visit((node) => {
          const message = problemOf(node);
          if (message !== undefined)
            findings.push({ path, line: syntax.lineAt(node.start), message });
        });
        return findings;
      }),
};

function problemOf(node: SyntaxNode): string | undefined {
  if (node.type === 'MemberExpression') {
    const owner = nameOf(node['object']);
    const property = nameOf(node['property']);
    const called = `${owner}.${property}`;
    if (/^(test|it|describe)\.(only|skip|todo)$/.test(called)) return `${called} is left in`;
    if (/^vi\.(mock|doMock|stubGlobal)$/.test(called)) return `${called}: test the real thing`;
  }
  if (isSleep(node)) return 'a sleep; wait for the condition (expect.poll, vi.waitFor)';
  if (isShortWait(node))
    return 'vi.waitFor gives up after one second; use expect.poll, whose limit the project sets, or give a timeout';
  return undefined;
}

/** `setTimeout(resolve, …)` with a bare name, or an awaited `setTimeout` or `sleep` of its own. */
function isSleep(node: SyntaxNode): boolean {
  if (node.type === 'AwaitExpression') {
    const call = node['argument'];
    return isNode(call) && call.type === 'CallExpression' && isTimer(call, /^(setTimeout|sleep)$/);
  }
  if (node.type !== 'CallExpression' || !isTimer(node, /^setTimeout$/)) return false;
  const [callback] = node['arguments'] as SyntaxNode[];
  return nameOf(callback) !== undefined;
}

/** `vi.waitFor(condition)` without a limit of its own: nothing but a default of a second, which a busy machine exceeds. */
function isShortWait(node: SyntaxNode): boolean {
  if (node.type !== 'CallExpression') return false;
  const callee = node['callee'];
  if (!isNode(callee) || callee.type !== 'MemberExpression') return false;
  const isWait = nameOf(callee['object']) === 'vi' && nameOf(callee['property']) === 'waitFor';
  return isWait && (node['arguments'] as SyntaxNode[]).length < 2;
}

const isTimer = (call: SyntaxNode, pattern: RegExp): boolean =>
  pattern.test(nameOf(call['callee']) ?? '');

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Identifier' ? String(node['name']) : undefined;
