/** Where things of a graph go: in layers, by dagre. Sources first; top down where the screen is narrow. */
import { Graph, layout } from '@dagrejs/dagre';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** @returns the upper left corner of each node, by id; what an arrow names and no node is, is left out */
export const layOut = (
  ids: readonly string[],
  arrows: readonly { readonly from: string; readonly to: string }[],
  size: Size,
  direction: 'LR' | 'TB',
): ReadonlyMap<string, Place> => {
  const graph = new Graph();
  graph.setGraph({
    rankdir: direction,
    nodesep: direction === 'LR' ? 22 : 18,
    ranksep: direction === 'LR' ? 120 : 64,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(ids);
  for (const id of ids) graph.setNode(id, { ...size });
  for (const { from, to } of arrows)
    if (known.has(from) && known.has(to) && from !== to) graph.setEdge(from, to);
  layout(graph);
  return new Map(
    ids.map((id) => {
      const { x = 0, y = 0 } = graph.node(id) as Partial<Place>;
      return [id, { x: x - size.width / 2, y: y - size.height / 2 }];
    }),
  );
};
