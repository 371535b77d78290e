/** Tables of the warehouse: how large, in how many parts, how new. */
import type { TableReport, TableState } from '@millrace/operations';
import { Link } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { FilterBox, matches } from '../ui/filter-box.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { conditionColumn } from '../ui/usual-columns.tsx';
import { pathOf, useUrlState } from '../url-state.ts';

const queryOf = ({ view, table }: TableState): string =>
  `/sql?sql=${encodeURIComponent(`SELECT * FROM \`${view ?? table}\` LIMIT 100`)}`;

const columns: readonly Column<TableState>[] = [
  {
    id: 'table',
    header: 'Table',
    kind: 'wide',
    value: ({ table }) => table,
    cell: ({ table, contract, engine }) => (
      <>
        <span className="mono strong">{table}</span>
        <small>
          {contract === null ? (
            'no contract'
          ) : (
            <Link href={pathOf('streams', contract)}>{contract}</Link>
          )}{' '}
          · {engine}
        </small>
      </>
    ),
  },
  conditionColumn(),
  {
    id: 'rows',
    header: 'Rows',
    kind: 'end',
    value: ({ rows }) => rows,
    cell: ({ rows }) => formatCount(rows),
  },
  {
    id: 'bytes',
    header: 'On disk',
    kind: 'end',
    value: ({ bytes }) => bytes,
    cell: ({ bytes, rows }) => (
      <>
        {formatBytes(bytes)}
        {rows > 0 && <small>{formatBytes(bytes / rows)} a row</small>}
      </>
    ),
  },
  {
    id: 'parts',
    header: 'Parts',
    kind: 'end',
    value: ({ parts }) => parts,
    cell: ({ parts, partsMax, partsDelayAt }) => (
      <>
        {formatCount(parts)}
        {partsDelayAt !== null && (
          <small>
            {formatCount(partsMax)} of {formatCount(partsDelayAt)}
          </small>
        )}
      </>
    ),
  },
  {
    id: 'newest',
    header: 'Newest row',
    kind: 'end',
    value: ({ newestMs }) => newestMs,
    cell: ({ newestMs }) => <Ago atMs={newestMs} />,
  },
  {
    id: 'query',
    header: 'Look',
    fixed: true,
    value: () => null,
    cell: (table) => (
      <span className="row">
        <Link href={queryOf(table)}>Query</Link>
        {table.contract !== null && <Link href={pathOf('streams', table.contract)}>Count</Link>}
      </span>
    ),
  },
];

const TablesPage = () => {
  const report = useApi<TableReport>('/tables', {}, { everyMs: every.calm });
  const [filter, setFilter] = useUrlState('q');
  return (
    <Page
      title="Tables"
      lead="What ClickHouse holds. Many parts in one partition slow inserts down."
      live={report}
    >
      <Answered answer={report} lines={8}>
        {({ tables }) => (
          <>
            <Figures
              figures={[
                { label: 'Tables', value: formatCount(tables.length) },
                {
                  label: 'Rows',
                  value: formatCount(tables.reduce((sum, { rows }) => sum + rows, 0)),
                },
                {
                  label: 'On disk',
                  value: formatBytes(tables.reduce((sum, { bytes }) => sum + bytes, 0)),
                },
                {
                  label: 'Parts',
                  value: formatCount(tables.reduce((sum, { parts }) => sum + parts, 0)),
                },
              ]}
            />
            <Card
              title="Tables"
              aside={<FilterBox label="Filter tables" value={filter} change={setFilter} />}
            >
              <DataTable
                label="Tables"
                columns={columns}
                rows={tables.filter(({ table, view, contract, engine }) =>
                  matches(filter, table, view, contract, engine),
                )}
                rowKey={({ table }) => table}
                sort="bytes.desc"
                empty={
                  <Blank
                    icon="tables"
                    title={
                      tables.length === 0 ? 'There are no tables yet' : 'No table is like this'
                    }
                  >
                    <p>
                      <code>npx millrace contracts apply</code> makes those of the contracts.
                    </p>
                  </Blank>
                }
              />
            </Card>
          </>
        )}
      </Answered>
    </Page>
  );
};

export default TablesPage;
