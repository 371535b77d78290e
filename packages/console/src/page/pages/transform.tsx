/** One transform as a graph of its operators. */
import type { TransformReport, TransformState } from '@millrace/operations';
import { Link, useParams } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Graph } from '../graph/graph.tsx';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Page } from '../ui/page.tsx';
import { pathOf } from '../url-state.ts';

type Operator = TransformState['operators'][number];

const columns: readonly Column<Operator>[] = [
  { id: 'label', header: 'Operator', value: ({ label }) => label },
  { id: 'kind', header: 'Kind', value: ({ kind }) => kind },
  { id: 'stage', header: 'Stage', kind: 'end', value: ({ stage }) => stage },
];

const Whole = ({ transform }: { transform: TransformState }) => (
  <>
    <div className="row wrap">
      <Condition state={transform.condition} />
      <Link href={pathOf('lag', transform.group)}>Lag of {transform.group}</Link>
    </div>
    <Figures
      figures={[
        { label: 'Behind', value: formatSeconds(transform.lagSeconds) },
        { label: 'Records behind', value: formatCount(transform.lagRecords) },
        { label: 'Reads', value: formatCount(transform.inputs.length) },
        { label: 'Makes', value: formatCount(transform.outputs.length) },
      ]}
    />
    <div className="card">
      <Graph
        label="Operators of the transform; the table below lists them"
        height="420px"
        nodes={transform.operators.map(({ id, kind, label, stage }) => ({
          ...{ id, label, kind, condition: 'ok' as const },
          note: `stage ${stage}`,
        }))}
        arrows={transform.edges.map((edge) => ({ ...edge, condition: 'ok' as const }))}
      />
    </div>
    <Card title="Operators">
      <DataTable
        label="Operators"
        columns={columns}
        rows={transform.operators}
        rowKey={({ id }) => id}
        sort="stage.asc"
      />
    </Card>
  </>
);

const TransformPage = () => {
  const { name = '' } = useParams<{ name: string }>();
  const report = useApi<TransformReport>('/transforms', {}, { everyMs: every.calm });
  return (
    <Page title={name} crumbs={<Link href="/transforms">Transforms</Link>} live={report}>
      <Answered answer={report} lines={8}>
        {({ transforms }) => {
          const transform = transforms.find((one) => one.name === name);
          return transform === undefined ? (
            <Blank icon="transforms" title="The project has no such transform" />
          ) : (
            <Whole transform={transform} />
          );
        }}
      </Answered>
    </Page>
  );
};

export default TransformPage;
