/** Draws a graph with React Flow: the one file that loads it. Why and when is graph.tsx. */
import {
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useMemo, useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import { Icon } from '../ui/icon.tsx';
import { arrowPath } from './arrow-path.ts';
import type { GraphArrow, GraphNode, GraphProps } from './graph-props.ts';
import { layOut, type Place, routeKey } from './layout.ts';

type Box = Node<{ readonly node: GraphNode; readonly vertical: boolean }>;
type Arrow = Edge<{
  readonly arrow: GraphArrow;
  readonly route: readonly Place[];
  readonly vertical: boolean;
}>;

const size = { width: 196, height: 54 };
const narrow = matchMedia('(max-width: 640px)');
const subscribe = (tell: () => void) => {
  narrow.addEventListener('change', tell);
  return () => narrow.removeEventListener('change', tell);
};

const NodeBox = ({ data: { node, vertical } }: NodeProps<Box>) => {
  const content = (
    <>
      <span className="graph-kind">
        {node.condition !== 'ok' && <Icon name={node.condition} size={11} />}
        {node.kind}
        {node.note !== undefined && <span className="graph-note">{node.note}</span>}
      </span>
      <span className="graph-name">{node.label}</span>
    </>
  );
  return (
    <div className="graph-node" data-condition={node.condition} data-kind={node.kind}>
      <Handle type="target" position={vertical ? Position.Top : Position.Left} />
      {node.href === undefined ? (
        <div title={node.label}>{content}</div>
      ) : (
        <Link href={node.href} title={node.label} className="nodrag">
          {content}
        </Link>
      )}
      <Handle type="source" position={vertical ? Position.Bottom : Position.Right} />
    </div>
  );
};

/** Seconds for a dash to pass: the more records, the faster, within what an eye can follow. */
const passSeconds = (perSecond: number): number =>
  Math.max(0.35, 2.4 - 0.42 * Math.log10(1 + perSecond));

const ArrowLine = (props: EdgeProps<Arrow>) => {
  const { arrow, route = [], vertical = false } = props.data ?? {};
  const { d, label } = arrowPath(
    { x: props.sourceX, y: props.sourceY },
    { x: props.targetX, y: props.targetY },
    route,
    (vertical ? size.height : size.width) / 2,
    vertical ? 'TB' : 'LR',
  );
  const perSecond = arrow?.perSecond ?? 0;
  return (
    <>
      <BaseEdge path={d} className={`graph-line ${arrow?.condition ?? 'unknown'}`} />
      {perSecond > 0 && (
        <path
          d={d}
          className={`graph-pulse ${arrow?.condition}`}
          style={{ animationDuration: `${passSeconds(perSecond)}s` }}
        />
      )}
      {arrow?.label !== undefined && (
        <EdgeLabelRenderer>
          <span
            className="graph-label"
            data-condition={arrow.condition}
            style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
          >
            {arrow.label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
};

const nodeTypes = { box: NodeBox };
const edgeTypes = { arrow: ArrowLine };

const GraphCanvas = ({ nodes, arrows }: GraphProps) => {
  const vertical = useSyncExternalStore(subscribe, () => narrow.matches);
  const shape = JSON.stringify([
    nodes.map(({ id }) => id),
    arrows.map(({ from, to }) => [from, to]),
  ]);
  // places depend on what there is, not on what moves through it
  // biome-ignore lint/correctness/useExhaustiveDependencies: shape stands for both
  const { places, routes } = useMemo(
    () =>
      layOut(
        nodes.map(({ id }) => id),
        arrows,
        size,
        vertical ? 'TB' : 'LR',
      ),
    [shape, vertical],
  );
  const boxes = nodes.map(
    (node): Box => ({
      id: node.id,
      type: 'box',
      position: places.get(node.id) ?? { x: 0, y: 0 },
      data: { node, vertical },
      ...size,
    }),
  );
  const lines = arrows.map(
    (arrow): Arrow => ({
      id: routeKey(arrow.from, arrow.to),
      type: 'arrow',
      source: arrow.from,
      target: arrow.to,
      data: { arrow, vertical, route: routes.get(routeKey(arrow.from, arrow.to)) ?? [] },
    }),
  );
  return (
    <ReactFlow
      key={shape + vertical}
      nodes={boxes}
      edges={lines}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      fitView
      fitViewOptions={{ padding: vertical ? 0.12 : 0.06, maxZoom: 1 }}
      minZoom={0.15}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnScroll={false}
      preventScrolling={false}
    >
      <Controls showInteractive={false} />
    </ReactFlow>
  );
};

export default GraphCanvas;
