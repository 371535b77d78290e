import type { Finding, Rule } from '../rule.ts';
import { isNode, type SyntaxNode } from '../syntax.ts';
import type { SourceFile } from '../tree.ts';

/** The table, in one file or in a folder of that name with a file per area. */
const isTable = (path: string): boolean =>
  /^packages\/contracts\/src\/error-codes(\/|\.ts$)/.test(path) && !path.endsWith('.test.ts');

const codePattern = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;

export const errorCodesRule: Rule = {
  name: 'error-codes',
  why: 'A person meets the code first: it must lead to a cause and a remedy, and a code nobody raises is a promise about nothing.',
  check: (tree) => {
    const raised = new Set(
      tree.sources
        .filter(({ path, isTest }) => !isTable(path) && !isTest)
        .flatMap(({ syntax }) => syntax.strings.map(({ value }) => value)),
    );
    return tree.sources
      .filter(({ path }) => isTable(path))
      .flatMap((table) => checkTable(table, raised));
  },
};

function checkTable({ path, syntax }: SourceFile, raised: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  syntax.visit((node) => {
    const code = node.type === 'Property' ? literal(node['key']) : undefined;
    const entry = node['value'];
    if (code === undefined || !isNode(entry) || entry.type !== 'ObjectExpression') return;
    const add = (message: string) =>
      findings.push({ path, line: syntax.lineAt(node.start), message });
    if (!codePattern.test(code)) add(`${code} is not <area>.<noun>-<what>`);
    if (!raised.has(code)) add(`${code} is documented, but nothing raises it`);
    for (const part of ['summary', 'cause', 'remedy']) {
      const sentence = partOf(entry, part);
      if (sentence === undefined || !/\S.*[.!?]$/s.test(sentence)) {
        add(`${code} needs a ${part} that is a sentence`);
      }
    }
  });
  return findings;
}

function partOf(entry: SyntaxNode, name: string): string | undefined {
  const properties = (entry['properties'] as SyntaxNode[]).filter(
    ({ type }) => type === 'Property',
  );
  const property = properties.find(
    ({ key }) => isNode(key) && (key['name'] ?? literal(key)) === name,
  );
  return joined(property?.['value']);
}

const literal = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string'
    ? node['value']
    : undefined;

/** The value of a literal, a template without expressions, or literals joined by `+`. */
function joined(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'TemplateLiteral') {
    const [quasi] = node['quasis'] as { value: { cooked: string } }[];
    return quasi?.value.cooked;
  }
  if (node.type !== 'BinaryExpression') return literal(node);
  const [left, right] = [joined(node['left']), joined(node['right'])];
  return left === undefined || right === undefined ? undefined : left + right;
}
