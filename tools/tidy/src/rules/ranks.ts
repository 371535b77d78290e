import { ranks, testOnlyWorkspace } from '../house.ts';
import type { Finding, Rule } from '../rule.ts';
import type { SourceFile, Tree } from '../tree.ts';
import { packageOf } from '../workspaces.ts';

export const ranksRule: Rule = {
  name: 'ranks',
  why: 'A package that imports sideways or upwards can no longer be understood, tested or changed alone.',
  check: (tree) => [
    ...unranked(tree),
    ...tree.sources.flatMap((source) => checkFile(tree, source)),
  ],
};

const unranked = (tree: Tree): Finding[] =>
  tree.workspaces
    .filter(({ name }) => ranks[name] === undefined)
    .map(({ directory, name }) => ({
      path: `${directory}/package.json`,
      message: `${name} has no rank; give it one in tools/tidy/src/house.ts`,
    }));

function checkFile(tree: Tree, source: SourceFile): Finding[] {
  const importer = tree.workspaceOf(source.path)?.name;
  const rank = ranks[importer ?? ''];
  if (importer === undefined || rank === undefined) return [];
  return source.syntax.imports.flatMap(({ specifier, line }) => {
    const imported = packageOf(specifier);
    const importedRank = ranks[imported ?? ''];
    if (imported === undefined || importedRank === undefined || imported === importer) return [];
    const finding = (message: string): Finding[] => [{ path: source.path, line, message }];
    if (imported === testOnlyWorkspace) {
      return source.isTest ? [] : finding(`only tests may import ${testOnlyWorkspace}`);
    }
    if (importedRank < rank) return [];
    return finding(`${importer} (rank ${rank}) imports ${imported} (rank ${importedRank})`);
  });
}
