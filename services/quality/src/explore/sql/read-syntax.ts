/**
 * What a statement names, from ClickHouse's own parser (`EXPLAIN AST`): tables, functions, what stands to the right of IN.
 * Nothing is carried out for it. What may be named is judge-statement.ts.
 */
export interface NamedThings {
  /** In FROM and JOIN, as written: `t`, `db.t`. A common table expression is among them. */
  readonly tables: ReadonlySet<string>;
  /** Lower case; table functions, too. */
  readonly functions: ReadonlySet<string>;
  /** To the right of IN: a table or a column. */
  readonly inSets: ReadonlySet<string>;
  /** Dictionaries by what names them; undefined where that is no plain name. */
  readonly dictionaries: ReadonlySet<string | undefined>;
  /** It begins with what only a SELECT does. */
  readonly isSelect: boolean;
  /** SETTINGS somewhere, FORMAT or INTO OUTFILE at the end. */
  readonly hasSettings: boolean;
  readonly hasOutput: boolean;
}

interface SyntaxNode {
  readonly type: string;
  /** What stands behind the type, without alias and count of children. */
  readonly name: string;
  readonly children: SyntaxNode[];
}

/** `  Function url (alias x) (children 1)` with its depth. */
const lineForm = /^( *)(\w+)(?: (.*?))?(?: \(alias .*\))?(?: \(children \d+\))?$/;

/** The tree, by depth. */
const parseTree = (lines: readonly string[]): SyntaxNode => {
  const root: SyntaxNode = { type: 'root', name: '', children: [] };
  const path: SyntaxNode[] = [root];
  for (const line of lines) {
    const match = lineForm.exec(line);
    if (match === null) continue;
    const [, indent = '', type = '', name = ''] = match;
    const node: SyntaxNode = { type, name: name.trim(), children: [] };
    const depth = Math.min(indent.length, path.length - 1);
    path.length = depth + 1;
    path[depth]!.children.push(node);
    path.push(node);
  }
  return root;
};

const inFunctions = /^(global)?(not)?(null)?(not)?(null)?in(ignoreset)?$/;
const dictionaryFunctions = /^dict(get|has|isin)/;

/** A name, or a text as a literal: `Literal \'d\'`. */
const plainName = (node: SyntaxNode | undefined): string | undefined => {
  if (node?.type === 'Identifier') return node.name;
  if (node?.type !== 'Literal') return undefined;
  return /^\\?'([\w.]+)\\?'$/.exec(node.name)?.[1];
};

/** @param lines of `EXPLAIN AST` as TabSeparated: what is quoted, tabs and line breaks in names are escaped */
export const readSyntax = (lines: readonly string[]): NamedThings => {
  const root = parseTree(lines);
  const things = {
    tables: new Set<string>(),
    functions: new Set<string>(),
    inSets: new Set<string>(),
    dictionaries: new Set<string | undefined>(),
  };
  let hasSettings = false;
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'TableIdentifier') things.tables.add(node.name);
    if (node.type === 'Set') hasSettings = true;
    if (node.type === 'Function') {
      const name = node.name.toLowerCase();
      const operands = node.children[0]?.children ?? [];
      things.functions.add(name);
      const set = operands[1];
      if (inFunctions.test(name) && set?.type === 'Identifier') things.inSets.add(set.name);
      if (dictionaryFunctions.test(name)) things.dictionaries.add(plainName(operands[0]));
    }
    for (const child of node.children) visit(child);
  };
  visit(root);
  const [top] = root.children;
  return {
    ...things,
    hasSettings,
    isSelect: root.children.length === 1 && top?.type === 'SelectWithUnionQuery',
    hasOutput: (top?.children ?? []).some(
      ({ type }) => type === 'Identifier' || type === 'Literal',
    ),
  };
};
