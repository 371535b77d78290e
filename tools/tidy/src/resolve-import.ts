import { posix } from 'node:path';
import type { Tree } from './tree.ts';
import { packageOf } from './workspaces.ts';

/**
 * The file of this repository that an import leads to: a relative path, or another workspace's index by
 * its name. Undefined for packages from npm, for Node's own, and for what does not exist.
 */
export function resolveImport(tree: Tree, fromPath: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(fromPath), specifier);
    return tree.text(path) === undefined ? undefined : path;
  }
  const name = packageOf(specifier);
  const workspace = tree.workspaces.find((candidate) => candidate.name === name);
  const index = `${workspace?.directory}/src/index.ts`;
  return tree.text(index) === undefined ? undefined : index;
}
