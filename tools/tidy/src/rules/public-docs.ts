import { resolveImport } from '../resolve-import.ts';
import type { Finding, Rule } from '../rule.ts';
import { isNode, type SyntaxNode } from '../syntax.ts';
import type { SourceFile, Tree } from '../tree.ts';

/** Functions that a package shows to others carry a docstring. What it says is for a reviewer. */
export const publicDocsRule: Rule = {
  name: 'public-docs',
  why: 'Who calls a function of another package reads its docstring, not its body: units, shapes, errors, the source of a protocol.',
  check: (tree) => {
    const byPath = new Map(tree.sources.map((source) => [source.path, source]));
    return tree.sources
      .filter(({ path }) => /^packages\/[^/]+\/src\/index\.ts$/.test(path))
      .flatMap((index) => publicFunctions(tree, index))
      .flatMap(({ file, names }) => undocumented(byPath.get(file), names));
  },
};

interface PublicNames {
  readonly file: string;
  readonly names: ReadonlySet<string>;
}

function publicFunctions(tree: Tree, index: SourceFile): PublicNames[] {
  return index.syntax.statements.flatMap((node) => {
    const source = node['source'];
    if (node.type !== 'ExportNamedDeclaration' || !isNode(source)) return [];
    const file = resolveImport(tree, index.path, String(source['value']));
    const names = (node['specifiers'] as SyntaxNode[]).map(({ local }) => identifier(local) ?? '');
    return file === undefined ? [] : [{ file, names: new Set(names) }];
  });
}

function undocumented(source: SourceFile | undefined, names: ReadonlySet<string>): Finding[] {
  if (source === undefined) return [];
  const { path, syntax } = source;
  const documentedLines = new Set(
    syntax.comments.filter((comment) => comment.isDocumentation).map(({ endLine }) => endLine + 1),
  );
  return syntax.statements.flatMap((node) => {
    const name = declaredFunction(node);
    const line = syntax.lineAt(node.start);
    if (name === undefined || !names.has(name) || documentedLines.has(line)) return [];
    return [{ path, line, message: `${name} is public and has no docstring` }];
  });
}

/** The name of an exported function, declared as such or as a constant arrow function. */
function declaredFunction(node: SyntaxNode): string | undefined {
  const declaration = node['declaration'];
  if (node.type !== 'ExportNamedDeclaration' || !isNode(declaration)) return undefined;
  if (declaration.type === 'FunctionDeclaration') return identifier(declaration['id']);
  if (declaration.type !== 'VariableDeclaration') return undefined;
  const [declarator] = declaration['declarations'] as SyntaxNode[];
  const value = declarator?.['init'];
  const isFunction = isNode(value) && value.type === 'ArrowFunctionExpression';
  return isFunction ? identifier(declarator?.['id']) : undefined;
}

const identifier = (node: unknown): string | undefined =>
  isNode(node) && typeof node['name'] === 'string' ? node['name'] : undefined;
