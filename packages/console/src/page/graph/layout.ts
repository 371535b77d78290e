/**
 * Where things of a graph go: in layers, by dagre. Sources first; top down where the screen is narrow. An arrow over several layers
 * passes between what stands in them.
 */
import { Graph, layout } from '@dagrejs/dagre';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** The upper left corner of each node, by id. */
  readonly places: ReadonlyMap<string, Place>;
  /** Where an arrow passes between its ends, by `routeKey`; an arrow to the next layer passes nothing. */
  readonly routes: ReadonlyMap<string, readonly Place[]>;
}

/** Names an arrow. */
export const routeKey = (from: string, to: string): string => `${from} → ${to}`;

/** What an arrow names and no node is, is left out. */
export const layOut = (
  ids: readonly string[],
  arrows: readonly { readonly from: string; readonly to: string }[],
  size: Size,
  direction: 'LR' | 'TB',
): Layout => {
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
  const places = ids.map((id) => {
    const { x = 0, y = 0 } = graph.node(id) as Partial<Place>;
    return [id, { x: x - size.width / 2, y: y - size.height / 2 }] as const;
  });
  const along = direction === 'LR' ? 'x' : 'y';
  const layers = new Set(ids.map((id) => (graph.node(id) as Place)[along]));
  const drawn = graph.edges() as readonly { readonly v: string; readonly w: string }[];
  const routes = drawn.map(({ v, w }) => {
    const { points = [] } = graph.edge(v, w) as { points?: readonly Place[] };
    return [routeKey(v, w), points.filter((point) => layers.has(point[along]))] as const;
  });
  return { places: new Map(places), routes: new Map(routes) };
};
