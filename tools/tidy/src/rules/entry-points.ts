import { posix } from 'node:path';
import type { Finding, Rule } from '../rule.ts';
import type { SourceFile, Tree } from '../tree.ts';
import { packageOf } from '../workspaces.ts';

/** Packages are entered by their index, and nothing else passes things on. Which package may import which is `ranks.ts`. */
export const entryPointsRule: Rule = {
  name: 'entry-points',
  why: 'A package has one door, its index.ts; whoever reaches past it, or builds a second one, freezes the inside.',
  check: (tree) =>
    tree.sources.flatMap((source) => [...barrel(source), ...reachesPast(tree, source)]),
};

const isPackageIndex = (path: string): boolean => /^packages\/[^/]+\/src\/index\.ts$/.test(path);

/** A file that only passes on what others export, and `export *` anywhere. */
function barrel({ path, syntax }: SourceFile): Finding[] {
  const star = syntax.statements.find(({ type }) => type === 'ExportAllDeclaration');
  if (star !== undefined) {
    const line = syntax.lineAt(star.start);
    return [{ path, line, message: '`export *` hides what is exported; name each' }];
  }
  const onlyPassesOn =
    syntax.statements.length > 0 &&
    syntax.statements.every(
      (node) => node.type === 'ExportNamedDeclaration' && node['source'] !== null,
    );
  return onlyPassesOn && !isPackageIndex(path)
    ? [{ path, message: 'a barrel; import from the file that holds the thing' }]
    : [];
}

function reachesPast(tree: Tree, { path, syntax }: SourceFile): Finding[] {
  const own = tree.workspaceOf(path);
  return syntax.imports.flatMap(({ specifier, line }) => {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(path), specifier);
      const owner = tree.workspaceOf(target);
      if (owner === undefined || owner === own) return [];
      return [{ path, line, message: `reaches into ${owner.directory}; import ${owner.name}` }];
    }
    const name = packageOf(specifier);
    const isInside = tree.workspaces.some((workspace) => workspace.name === name);
    return isInside && specifier !== name
      ? [{ path, line, message: `${specifier} goes past the index of ${name}` }]
      : [];
  });
}
