/** Where a stream's data comes from and where it goes, and who sends and reads it. */
import type { CatalogPage, LineageEdge, Participant } from '@millrace/operations';
import { useMemo } from 'react';
import { Graph } from '../graph/graph.tsx';
import type { GraphArrow, GraphNode } from '../graph/graph-props.ts';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';

const nodeOf = (dataset: string, own: string): GraphNode => {
  const [, kind, name] = /^(postgres|clickhouse):(.*)$/.exec(dataset) ?? [];
  if (kind === undefined || name === undefined)
    return {
      id: dataset,
      label: dataset,
      kind: dataset === own ? 'this stream' : 'stream',
      condition: 'ok',
      href: dataset === own ? undefined : pathOf('streams', dataset),
    };
  return {
    id: dataset,
    label: name,
    kind: kind === 'postgres' ? 'table in PostgreSQL' : 'table in ClickHouse',
    condition: 'ok',
    href: kind === 'postgres' ? '/captures' : `/tables?q=${encodeURIComponent(name)}`,
  };
};

/** Fields are for the list: the picture has one arrow from dataset to dataset. */
const picture = (lineage: readonly LineageEdge[], own: string) => {
  const nodes = new Map<string, GraphNode>([[own, nodeOf(own, own)]]);
  const arrows = new Map<string, GraphArrow>();
  for (const { from, to, by } of lineage) {
    for (const { dataset } of [from, to]) nodes.set(dataset, nodeOf(dataset, own));
    if (from.dataset !== to.dataset)
      arrows.set(`${from.dataset} ${to.dataset}`, {
        ...{ from: from.dataset, to: to.dataset, label: by.split(' ')[0], condition: 'ok' },
      });
  }
  return { nodes: [...nodes.values()], arrows: [...arrows.values()] };
};

const fieldColumns: readonly Column<LineageEdge>[] = [
  {
    id: 'from',
    header: 'From',
    kind: 'wide',
    value: ({ from }) => `${from.dataset} ${from.field ?? ''}`,
    cell: ({ from }) => <FieldName dataset={from.dataset} field={from.field} />,
  },
  {
    id: 'to',
    header: 'To',
    kind: 'wide',
    value: ({ to }) => `${to.dataset} ${to.field ?? ''}`,
    cell: ({ to }) => <FieldName dataset={to.dataset} field={to.field} />,
  },
  { id: 'by', header: 'By', value: ({ by }) => by },
];

const FieldName = ({ dataset, field }: LineageEdge['from']) => (
  <>
    <span className="muted">{dataset}</span> <span className="mono">{field ?? 'as a whole'}</span>
  </>
);

const participantColumns: readonly Column<Participant>[] = [
  {
    id: 'name',
    header: 'Who',
    value: ({ name }) => name,
    cell: ({ name, kind }) => (
      <>
        {name}
        <small>{kind}</small>
      </>
    ),
  },
  {
    id: 'seen',
    header: 'Seen',
    value: ({ seen }) => (seen ? 1 : 0),
    cell: ({ seen, declared }) => (
      <Condition state={seen ? 'ok' : 'unknown'}>
        {seen ? (declared ? 'seen' : 'seen, not declared') : 'declared, not seen'}
      </Condition>
    ),
  },
  {
    id: 'last',
    header: 'Last',
    kind: 'end',
    value: ({ lastMs }) => lastMs,
    cell: ({ lastMs }) => <Ago atMs={lastMs} />,
  },
];

export const StreamLineageTab = ({ page }: { page: CatalogPage }) => {
  const { nodes, arrows } = useMemo(() => picture(page.lineage, page.id), [page.lineage, page.id]);
  return (
    <>
      <Card title="From source to table">
        {arrows.length === 0 ? (
          <Blank icon="transforms" title="Nothing is known of its way">
            <p>Lineage appears with the stream’s first consumers and tables.</p>
          </Blank>
        ) : (
          <Graph label="Lineage of this stream" nodes={nodes} arrows={arrows} height="300px" />
        )}
      </Card>
      <div className="grid">
        <Card title="Who sends">
          <DataTable
            label="Producers"
            columns={participantColumns}
            rows={page.producers}
            rowKey={({ kind, name }) => kind + name}
            urlName="producers"
            empty={<Blank title="Nobody was seen to send" />}
          />
        </Card>
        <Card title="Who reads">
          <DataTable
            label="Consumers"
            columns={participantColumns}
            rows={page.consumers}
            rowKey={({ kind, name }) => kind + name}
            urlName="consumers"
            empty={<Blank title="Nobody was seen to read" />}
          />
        </Card>
      </div>
      {page.lineage.length > 0 && (
        <Card title="Field by field">
          <DataTable
            label="Lineage of fields"
            columns={fieldColumns}
            rows={page.lineage}
            rowKey={(edge) => JSON.stringify(edge)}
            urlName="fields"
          />
        </Card>
      )}
    </>
  );
};
