import type { Finding, Rule } from '../rule.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { SourceFile } from '../tree.ts';

/** Comments that must be there, and comments that must not. Whether a comment says anything is for a reviewer. */
export const explainedRule: Rule = {
  name: 'explained',
  why: 'The head of a file says its one concept; an escape hatch without a reason, or a note to do it later, leaves the next reader guessing.',
  check: (tree) => tree.sources.flatMap((source) => [...missingHead(source), ...hatches(source)]),
};

/** Source files, apart from a package's index, carry a comment on top or on their first declaration. */
function missingHead({ path, syntax, isTest }: SourceFile): Finding[] {
  const first = syntax.statements.find(isDeclaration);
  if (isTest || path.endsWith('/index.ts') || first === undefined) return [];
  const firstLine = syntax.lineAt(first.start);
  const hasHead = syntax.comments.some(
    ({ startLine, endLine }) => startLine === 1 || (startLine < firstLine && endLine <= firstLine),
  );
  return hasHead ? [] : [{ path, line: 1, message: 'has no comment that says what it is for' }];
}

const isDeclaration = (node: SyntaxNode): boolean => node.type !== 'ImportDeclaration';

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/@ts-(ignore|nocheck)/, 'switches the compiler off'],
  [/@ts-expect-error\s*$/, 'needs its reason on the same line'],
  [/\b(TODO|FIXME|XXX|HACK)\b/, 'is unfinished work; finish it or file it'],
];

const hatches = ({ path, syntax }: SourceFile): Finding[] =>
  syntax.comments.flatMap(({ text, startLine }) =>
    forbidden
      .filter(([pattern]) => pattern.test(text))
      .map(([pattern, message]) => ({
        path,
        line: startLine,
        message: `${pattern.exec(text)?.[0].trim()} ${message}`,
      })),
  );
