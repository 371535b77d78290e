/** What a proposed change does: its verdict, each change by its rule, everything that is affected, and the difference of the files. */
import type { CatalogFiles, ImpactReport, SchemaChange } from '@millrace/operations';
import { Link } from 'wouter';
import { formatCount } from '../format/numbers.ts';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Notice } from '../ui/notice.tsx';
import { TextDiff } from '../ui/text-diff.tsx';
import { Ago } from '../ui/time.tsx';
import { type ImpactRow, impactRows } from './impact-rows.ts';
import { verdictOf } from './impact-verdict.ts';

const changeColumns: readonly Column<SchemaChange>[] = [
  {
    id: 'verdict',
    header: 'Verdict',
    value: ({ breaking }) => (breaking ? 1 : 0),
    cell: ({ breaking }) => (
      <Condition state={breaking ? 'bad' : 'ok'}>{breaking ? 'Breaking' : 'Compatible'}</Condition>
    ),
  },
  {
    id: 'field',
    header: 'Field',
    value: ({ field }) => field,
    cell: ({ field }) =>
      field === '' ? <span className="muted">the whole</span> : <code>{field}</code>,
  },
  { id: 'message', header: 'What', kind: 'wide', value: ({ message }) => message },
  {
    id: 'rule',
    header: 'Rule',
    value: ({ rule }) => rule,
    cell: ({ rule }) => <code>{rule}</code>,
  },
];

const affectedColumns: readonly Column<ImpactRow>[] = [
  {
    id: 'name',
    header: 'Who or what',
    value: ({ name }) => name,
    cell: ({ name, href, kind }) => (
      <>
        {href === undefined ? (
          <span className="strong">{name}</span>
        ) : (
          <Link href={href}>{name}</Link>
        )}
        <small>{kind === 'query' ? 'user of ClickHouse' : kind}</small>
      </>
    ),
  },
  { id: 'why', header: 'Why', kind: 'wide', value: ({ why }) => why },
  {
    id: 'last',
    header: 'Last seen',
    kind: 'end',
    value: ({ lastMs }) => lastMs,
    cell: ({ lastMs }) => <Ago atMs={lastMs} />,
  },
];

const Contract = ({ impact }: { impact: ImpactReport['contracts'][number] }) => {
  const rows = impactRows(impact);
  return (
    <>
      <Card
        title={`Changes of ${impact.contract}`}
        aside={<span className="muted">{formatCount(impact.changes.length)}</span>}
      >
        <DataTable
          label={`Changes of ${impact.contract}`}
          columns={changeColumns}
          rows={impact.changes}
          rowKey={({ rule, field, message }) => `${rule} ${field} ${message}`}
          sort="verdict.desc"
          urlName="changes"
        />
      </Card>
      <Card title="Affected" aside={<span className="muted">{formatCount(rows.length)}</span>}>
        {impact.columns.length > 0 && (
          <p className="inside row wrap">
            <span className="muted">Columns that go, change their type, or stay empty:</span>
            {impact.columns.map((column) => (
              <code key={column}>{column}</code>
            ))}
          </p>
        )}
        <DataTable
          label="Affected"
          columns={affectedColumns}
          rows={rows}
          rowKey={({ kind, name }) => `${kind} ${name}`}
          urlName="affected"
          empty={
            <Blank icon="ok" title="Nobody would notice">
              <p>No reader, table or rule looks at what changes, as far as anybody knows.</p>
            </Blank>
          }
        />
      </Card>
    </>
  );
};

const Problems = ({ problems }: Pick<ImpactReport, 'problems'>) => (
  <Card title="What contracts check says of the files" padded>
    <ul className="diff">
      {problems.map((problem) => (
        <li key={problem} className="problem">
          {problem}
        </li>
      ))}
    </ul>
  </Card>
);

export interface ImpactResultProps {
  readonly report: ImpactReport;
  readonly compatibility: string;
  readonly before: CatalogFiles;
  readonly after: { readonly avsc: string; readonly odcs: string };
}

export const ImpactResult = ({ report, compatibility, before, after }: ImpactResultProps) => {
  const { tone, title, text } = verdictOf(report, compatibility);
  const files = [
    { ...before.avsc, now: after.avsc },
    ...(before.odcs === null ? [] : [{ ...before.odcs, now: after.odcs }]),
  ].filter((file) => file.text !== file.now);
  return (
    <>
      <Notice tone={tone}>
        <span className="strong">{title}.</span> {text}
      </Notice>
      {report.problems.length > 0 && <Problems problems={report.problems} />}
      {report.contracts.map((impact) => (
        <Contract key={impact.contract} impact={impact} />
      ))}
      {files.map((file) => (
        <Card key={file.path} title={`Difference of ${file.path}`} padded>
          <TextDiff label={`Difference of ${file.path}`} before={file.text} after={file.now} />
        </Card>
      ))}
    </>
  );
};
