import { ranks, testOnlyWorkspace } from '../house.ts';
import { resolveImport } from '../resolve-import.ts';
import type { Finding, Rule } from '../rule.ts';
import { isTestCode, type SourceFile, type Tree } from '../tree.ts';
import { packageOf } from '../workspaces.ts';

/** Who may import whom: by the table of ranks in `house.ts`, and test code from test code only. */
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
    const target = resolveImport(tree, source.path, specifier);
    if (!source.isTest && target !== undefined && isTestCode(target)) {
      return [{ path: source.path, line, message: `${specifier} is test code` }];
    }
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
