/** Every transform: what it reads and makes, and how far it is behind. */
import type { TransformReport, TransformState } from '@millrace/operations';
import { Link } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Page } from '../ui/page.tsx';
import { behindColumns, conditionColumn } from '../ui/usual-columns.tsx';
import { pathOf } from '../url-state.ts';

const Topics = ({ names }: { names: readonly string[] }) => (
  <>
    {names.map((name) => (
      <div key={name} className="mono">
        {name}
      </div>
    ))}
  </>
);

const columns: readonly Column<TransformState>[] = [
  {
    id: 'name',
    header: 'Transform',
    value: ({ name }) => name,
    cell: ({ name, operators }) => (
      <>
        <Link href={pathOf('transforms', name)}>{name}</Link>
        <small>
          {operators.length} operators in {new Set(operators.map(({ stage }) => stage)).size} stages
        </small>
      </>
    ),
  },
  conditionColumn(),
  ...behindColumns<TransformState>(
    ({ lagSeconds }) => lagSeconds,
    ({ lagRecords }) => lagRecords,
  ),
  {
    id: 'inputs',
    header: 'Reads',
    kind: 'wide',
    value: ({ inputs }) => inputs.join(' '),
    cell: ({ inputs }) => <Topics names={inputs} />,
  },
  {
    id: 'outputs',
    header: 'Makes',
    kind: 'wide',
    value: ({ outputs }) => outputs.join(' '),
    cell: ({ outputs }) => <Topics names={outputs} />,
  },
];

const TransformsPage = () => {
  const report = useApi<TransformReport>('/transforms', {}, { everyMs: every.calm });
  return (
    <Page title="Transforms" lead="Streams made of streams, exactly once." live={report}>
      <Card title="Transforms">
        <Answered answer={report}>
          {({ transforms }) => (
            <DataTable
              label="Transforms"
              columns={columns}
              rows={transforms}
              rowKey={({ name }) => name}
              sort="name.asc"
              empty={
                <Blank icon="transforms" title="The project has no transforms">
                  <p>A transform is one TypeScript file under transforms.</p>
                </Blank>
              }
            />
          )}
        </Answered>
      </Card>
    </Page>
  );
};

export default TransformsPage;
