import { notDeployed } from '../house.ts';
import type { Finding, Rule } from '../rule.ts';
import type { SourceFile, Tree } from '../tree.ts';
import { packageOf, type Workspace } from '../workspaces.ts';

/** What every workspace may import without declaring it: the root declares it for all. */
const rootDependencies = new Set(['vitest']);

export const declaredDependenciesRule: Rule = {
  name: 'declared-dependencies',
  why: 'npm hoists every package to the root, so an undeclared import works here and breaks when the workspace stands alone; a declared one that nobody imports is weight.',
  check: (tree) =>
    tree.workspaces.flatMap((workspace) => {
      const sources = tree.sources.filter(({ path }) => path.startsWith(`${workspace.directory}/`));
      return [...undeclared(workspace, sources), ...unused(tree, workspace, sources)];
    }),
};

function undeclared(workspace: Workspace, sources: readonly SourceFile[]): Finding[] {
  const { dependencies, devDependencies, optionalDependencies } = workspace.manifest;
  const forAll = new Set(Object.keys({ ...dependencies, ...optionalDependencies }));
  const forTests = new Set(Object.keys(devDependencies ?? {}));
  return sources.flatMap(({ path, syntax, isTest }) =>
    syntax.imports.flatMap(({ specifier, line }) => {
      const name = packageOf(specifier);
      if (name === undefined || name === workspace.name || forAll.has(name)) return [];
      if (isTest && (forTests.has(name) || rootDependencies.has(name))) return [];
      if (forTests.has(name) && notDeployed.some((start) => path.startsWith(start))) return [];
      const message = forTests.has(name)
        ? `${name} is a devDependency of ${workspace.name}, but this file is no test and is deployed`
        : `${name} is not declared in ${workspace.directory}/package.json`;
      return [{ path, line, message }];
    }),
  );
}

/** A dependency counts as used when a string in the workspace names it: an import, or a path to resolve. */
function unused(tree: Tree, workspace: Workspace, sources: readonly SourceFile[]): Finding[] {
  const strings = sources.flatMap(({ syntax }) => syntax.strings.map(({ value }) => value));
  const isUsed = (name: string): boolean =>
    strings.some((value) => value === name || value.startsWith(`${name}/`));
  const { dependencies, devDependencies, optionalDependencies } = workspace.manifest;
  const declared = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const path = `${workspace.directory}/package.json`;
  const lines = tree.text(path)?.split('\n') ?? [];
  return declared
    .filter((name) => !isUsed(name.replace(/^@types\//, '')))
    .map((name) => ({
      path,
      line: lines.findIndex((text) => text.includes(`"${name}"`)) + 1,
      message: `${name} is declared, but nothing in ${workspace.directory} imports it`,
    }));
}
