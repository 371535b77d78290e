import { resolveImport } from '../resolve-import.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Tree } from '../tree.ts';

/** No circle of imports between files, types included. */
export const importCyclesRule: Rule = {
  name: 'import-cycles',
  why: 'Files in a circle can only be read, tested and moved together; types in a circle are one concept in two files.',
  check: (tree) => findCycles(importGraph(tree)).map(describe),
};

type Graph = ReadonlyMap<string, readonly string[]>;

const importGraph = (tree: Tree): Graph =>
  new Map(
    tree.sources.map(({ path, syntax }) => [
      path,
      syntax.imports.flatMap(({ specifier }) => resolveImport(tree, path, specifier) ?? []),
    ]),
  );

/** One cycle per back edge met by a depth-first walk; none exactly when the graph has no cycle. */
function findCycles(graph: Graph): string[][] {
  const finished = new Set<string>();
  const cycles: string[][] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      cycles.push([...trail.slice(seenAt), path]);
      return;
    }
    if (finished.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return cycles;
}

const describe = (cycle: readonly string[]): Finding => ({
  path: cycle[0] ?? '',
  message: cycle.join(' → '),
});
