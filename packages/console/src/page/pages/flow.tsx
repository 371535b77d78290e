/** The live map: everything that data passes through, how much flows on each arrow, what is late and what failed. */
import type { FlowEdge, FlowMap, FlowNode } from '@millrace/operations';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatRate, formatShort } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Graph } from '../graph/graph.tsx';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Choice } from '../ui/choice.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Page } from '../ui/page.tsx';
import { conditionColumn } from '../ui/usual-columns.tsx';
import { pathOf, useUrlState } from '../url-state.ts';

/** Where a node of the map has its view. */
const hrefOf = ({ kind, label, subject }: FlowNode): string | undefined => {
  if (kind === 'transform') return pathOf('transforms', label);
  if (subject === null) return undefined;
  if (kind === 'service') return pathOf('lag', subject);
  if (kind === 'source') return '/captures';
  if (kind === 'dead') return `/dead?service=${encodeURIComponent(subject)}`;
  return pathOf('streams', subject);
};

const labelOf = (edge: FlowEdge): string | undefined => {
  const parts = [
    edge.perSecond !== null && edge.perSecond > 0 ? formatRate(edge.perSecond) : undefined,
    edge.lagSeconds !== null && edge.lagSeconds >= 1
      ? `${formatSeconds(edge.lagSeconds)} behind`
      : undefined,
    edge.errors !== null && edge.errors > 0 ? `${formatShort(edge.errors)} errors` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(' · ');
};

interface Arrow extends FlowEdge {
  readonly fromNode: FlowNode | undefined;
  readonly toNode: FlowNode | undefined;
}

const NodeName = ({ node, id }: { node: FlowNode | undefined; id: string }) => {
  if (node === undefined) return <>{id}</>;
  const href = hrefOf(node);
  return (
    <>
      {href === undefined ? node.label : <Link href={href}>{node.label}</Link>}{' '}
      <span className="muted">{node.kind}</span>
    </>
  );
};

const columns: readonly Column<Arrow>[] = [
  {
    id: 'from',
    header: 'From',
    value: ({ fromNode, from }) => fromNode?.label ?? from,
    cell: ({ fromNode, from }) => <NodeName node={fromNode} id={from} />,
  },
  {
    id: 'to',
    header: 'To',
    value: ({ toNode, to }) => toNode?.label ?? to,
    cell: ({ toNode, to }) => <NodeName node={toNode} id={to} />,
  },
  {
    id: 'rate',
    header: 'Rate',
    kind: 'end',
    value: ({ perSecond }) => perSecond,
    cell: ({ perSecond }) => formatRate(perSecond),
  },
  {
    id: 'lag',
    header: 'Lag',
    kind: 'end',
    value: ({ lagSeconds }) => lagSeconds,
    cell: ({ lagSeconds }) => formatSeconds(lagSeconds),
  },
  {
    id: 'records',
    header: 'Records behind',
    kind: 'end',
    value: ({ lagRecords }) => lagRecords,
    cell: ({ lagRecords }) => formatCount(lagRecords),
  },
  {
    id: 'errors',
    header: 'Errors, 1 h',
    kind: 'end',
    value: ({ errors }) => errors,
    cell: ({ errors }) => formatCount(errors),
  },
  conditionColumn(),
];

const summary = ({ nodes, edges }: FlowMap) => {
  const into = nodes.filter(({ kind }) => kind === 'table');
  const out = new Set(into.map(({ id }) => id));
  const landed = edges
    .filter(({ to }) => out.has(to))
    .reduce((sum, { perSecond }) => sum + (perSecond ?? 0), 0);
  const worst = edges.reduce<number | null>(
    (most, { lagSeconds }) => (lagSeconds === null ? most : Math.max(most ?? 0, lagSeconds)),
    null,
  );
  const errors = edges.reduce((sum, edge) => sum + (edge.errors ?? 0), 0);
  const unwell = [...nodes, ...edges].filter(({ condition }) => condition === 'bad').length;
  return [
    { label: 'Landing now', value: formatRate(landed) },
    { label: 'Furthest behind', value: formatSeconds(worst) },
    {
      label: 'Errors in the last hour',
      value: formatCount(errors),
      condition: errors > 0 ? ('warn' as const) : ('ok' as const),
    },
    {
      label: 'Not well',
      value: formatCount(unwell),
      condition: unwell > 0 ? ('bad' as const) : ('ok' as const),
    },
  ];
};

const FlowPage = () => {
  const flow = useApi<FlowMap>('/flow', {}, { everyMs: every.live });
  const [shape, setShape] = useUrlState('as', 'map');
  return (
    <Page
      title="Flow"
      lead="What moves from producers and PostgreSQL to tables, right now. An arrow moves as fast as its records."
      live={flow}
      actions={
        <Choice
          label="Shown as"
          options={[
            ['map', 'Map'],
            ['list', 'List'],
          ]}
          value={shape}
          choose={setShape}
        />
      }
    >
      <Answered answer={flow} lines={10}>
        {(map) =>
          map.nodes.length === 0 ? (
            <Card title="Streams">
              <Blank icon="flow" title="Nothing flows yet">
                <p>
                  Declare a stream under schemas, then <code>npx millrace contracts apply</code>. It
                  appears here by itself.
                </p>
              </Blank>
            </Card>
          ) : (
            <Flow map={map} shape={shape} />
          )
        }
      </Answered>
    </Page>
  );
};

const Flow = ({ map, shape }: { map: FlowMap; shape: string }) => {
  const arrows = useMemo(() => {
    const byId = new Map(map.nodes.map((node) => [node.id, node]));
    return map.edges.map(
      (edge): Arrow => ({ ...edge, fromNode: byId.get(edge.from), toNode: byId.get(edge.to) }),
    );
  }, [map]);
  return (
    <>
      <Figures figures={summary(map)} />
      {shape === 'list' ? (
        <Card title="Arrows">
          <DataTable
            label="Arrows of the flow"
            columns={columns}
            rows={arrows}
            rowKey={({ from, to }) => `${from} ${to}`}
            sort="condition.desc"
          />
        </Card>
      ) : (
        <div className="card">
          <Graph
            label="Map of the flow; the list shows the same as a table"
            height="max(460px, calc(100vh - 260px))"
            nodes={map.nodes.map((node) => ({
              ...node,
              href: hrefOf(node),
              note: node.perSecond === null ? undefined : formatRate(node.perSecond),
            }))}
            arrows={map.edges.map((edge) => ({ ...edge, label: labelOf(edge) }))}
          />
        </div>
      )}
    </>
  );
};

export default FlowPage;
