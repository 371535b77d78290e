import { parseSync } from 'oxc-parser';

/**
 * What the rules need to know of a source file's syntax, read off its ESTree: imports, functions,
 * string literals, comments, top-level statements. It resolves nothing and knows no types.
 */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

export interface FunctionSpan {
  readonly name: string;
  readonly startLine: number;
  /** Lines that are not inside a function nested in this one. */
  readonly ownLines: number;
}

export interface Comment {
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly isDocumentation: boolean;
}

/** An ESTree node. Its other properties are looked up by name in the few places that need them. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

export interface Syntax {
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSpan[];
  /** Values of string literals and the fixed parts of template literals, imports included. */
  readonly strings: readonly { readonly value: string; readonly line: number }[];
  readonly comments: readonly Comment[];
  readonly statements: readonly SyntaxNode[];
  /** Calls `visitor` for every node, parents first. */
  visit(visitor: (node: SyntaxNode) => void): void;
  lineAt(offset: number): number;
  /** The first syntax error, if the file has one. */
  readonly error: string | undefined;
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** The nodes directly under `node`. */
function children(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((value) => {
    if (Array.isArray(value)) return value.filter(isNode);
    return isNode(value) ? [value] : [];
  });
}

function walk(node: SyntaxNode, visitor: (node: SyntaxNode) => void): void {
  visitor(node);
  for (const child of children(node)) walk(child, visitor);
}

/** Line numbers from offsets, counted from 1. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export function parseSyntax(path: string, text: string): Syntax {
  const parsed = parseSync(path, text);
  const program = parsed.program as unknown as SyntaxNode;
  const lineAt = lineFinder(text);
  const imports: Import[] = [];
  const strings: { value: string; line: number }[] = [];
  walk(program, (node) => {
    const value = stringValue(node);
    if (value !== undefined) strings.push({ value, line: lineAt(node.start) });
    const source = importSource(node);
    if (source !== undefined) imports.push({ specifier: source, line: lineAt(node.start) });
  });
  return {
    imports,
    strings,
    functions: functionSpans(program, lineAt),
    comments: parsed.comments.map((comment) => ({
      text: comment.value,
      startLine: lineAt(comment.start),
      endLine: lineAt(comment.end),
      isDocumentation: comment.type === 'Block' && comment.value.startsWith('*'),
    })),
    statements: program['body'] as SyntaxNode[],
    visit: (visitor) => walk(program, visitor),
    lineAt,
    error: parsed.errors[0]?.message,
  };
}

function stringValue(node: SyntaxNode): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateElement') return undefined;
  return (node['value'] as { cooked: string | null }).cooked ?? undefined;
}

/** The module named by an import or re-export, static or dynamic, of values or of types. */
function importSource(node: SyntaxNode): string | undefined {
  const isImport =
    node.type === 'ImportDeclaration' ||
    node.type === 'ExportNamedDeclaration' ||
    node.type === 'ExportAllDeclaration' ||
    node.type === 'ImportExpression' ||
    node.type === 'TSImportType';
  return isImport && isNode(node['source']) ? stringValue(node['source']) : undefined;
}

const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

function functionSpans(program: SyntaxNode, lineAt: (offset: number) => number): FunctionSpan[] {
  const spans: FunctionSpan[] = [];
  /** Returns the lines that functions below `node` take away from the function around it. */
  const measure = (node: SyntaxNode, name: string): number => {
    const inner = children(node).reduce(
      (sum, child) => sum + measure(child, nameOf(node, name)),
      0,
    );
    if (!functionTypes.has(node.type)) return inner;
    const startLine = lineAt(node.start);
    const below = lineAt(node.end - 1) - startLine;
    spans.push({ name: nameOf(node, name), startLine, ownLines: below + 1 - inner });
    return below;
  };
  measure(program, 'anonymous function');
  return spans;
}

/** The nearest name a person would call the function by: its own, its variable's, its property's. */
function nameOf(node: SyntaxNode, inherited: string): string {
  for (const property of ['id', 'key']) {
    const identifier = node[property];
    if (isNode(identifier) && typeof identifier['name'] === 'string') return identifier['name'];
  }
  return inherited;
}
