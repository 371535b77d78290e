import { parseSyntax, type Syntax } from './syntax.ts';
import { findWorkspaces, type Workspace } from './workspaces.ts';

/**
 * The repository as the rules see it: paths and texts, held in memory. A rule's own test builds a small
 * bad tree from a literal; the real one comes from `read-repository.ts`.
 */
export interface Tree {
  /** Every file, by path relative to the root, sorted. */
  readonly files: readonly TreeFile[];
  /** The TypeScript and JavaScript among them, parsed. */
  readonly sources: readonly SourceFile[];
  readonly workspaces: readonly Workspace[];
  text(path: string): string | undefined;
  /** True for a file, and for a directory that holds one. */
  exists(path: string): boolean;
  /** The workspace a path lies in; undefined at the root. */
  workspaceOf(path: string): Workspace | undefined;
}

export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

export interface SourceFile extends TreeFile {
  readonly syntax: Syntax;
  readonly lineCount: number;
  /** Test code: it may import the testkit and devDependencies. */
  readonly isTest: boolean;
}

const isSource = (path: string): boolean => /\.(ts|tsx|mjs|js)$/.test(path);

/** Tests, what supports them in a `testing` directory, and the two workspaces that hold nothing else. */
export const isTestCode = (path: string): boolean =>
  path.endsWith('.test.ts') || /(^|\/)testing\/|^tests\/|^packages\/testkit\//.test(path);

/** @param texts file contents by path relative to the root */
export function createTree(texts: Readonly<Record<string, string>>): Tree {
  const files = Object.keys(texts)
    .sort()
    .map((path) => ({ path, text: texts[path] ?? '' }));
  const sources = files.filter(({ path }) => isSource(path)).map(toSourceFile);
  const workspaces = findWorkspaces(files);
  const known = new Set(files.flatMap(({ path }) => [path, ...ancestors(path)]));
  return {
    files,
    sources,
    workspaces,
    text: (path) => texts[path],
    exists: (path) => known.has(path.replace(/\/$/, '')),
    workspaceOf: (path) => workspaces.find(({ directory }) => path.startsWith(`${directory}/`)),
  };
}

const toSourceFile = ({ path, text }: TreeFile): SourceFile => ({
  path,
  text,
  syntax: parseSyntax(path, text),
  lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
  isTest: isTestCode(path),
});

function ancestors(path: string): string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}
