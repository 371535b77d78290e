/** Every stream: what it is, whether it arrives in time, whether it can be trusted. */
import type { CatalogEntry, CatalogList, HealthReport, StreamHealth } from '@millrace/operations';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatRate, formatShare } from '../format/numbers.ts';
import { formatMs } from '../format/times.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Choice } from '../ui/choice.tsx';
import { Condition, gravity } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dotted } from '../ui/dotted.tsx';
import { FilterBox } from '../ui/filter-box.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf, useUrlState } from '../url-state.ts';

interface StreamRow extends CatalogEntry {
  readonly health: StreamHealth | undefined;
}

const columns: readonly Column<StreamRow>[] = [
  {
    id: 'name',
    header: 'Stream',
    kind: 'wide',
    value: ({ title, id }) => title ?? id,
    cell: ({ id, title, topic }) => (
      <>
        <Link href={pathOf('streams', id)}>{title ?? id}</Link>
        <small className="mono">
          <Dotted name={topic} />
        </small>
      </>
    ),
  },
  {
    id: 'condition',
    header: 'Condition',
    value: ({ condition, health }) => gravity[health?.condition ?? condition],
    cell: ({ condition, health }) => (
      <>
        <Condition state={health?.condition ?? condition} />
        {health?.reasons[0] !== undefined && <small className="reason">{health.reasons[0]}</small>}
      </>
    ),
  },
  {
    id: 'kind',
    header: 'Kind',
    value: ({ source, role }) => `${source}, ${role ?? 'not in the warehouse'}`,
  },
  { id: 'owner', header: 'Owner', value: ({ owner }) => owner },
  {
    id: 'rate',
    header: 'Rate',
    kind: 'end',
    value: ({ health }) => health?.perSecond ?? null,
    cell: ({ health }) => formatRate(health?.perSecond),
  },
  {
    id: 'fresh',
    header: 'Queryable in, p99',
    kind: 'end',
    value: ({ health }) => health?.freshness.p99Ms ?? null,
    cell: ({ health }) => (
      <>
        {formatMs(health?.freshness.p99Ms)}
        {health?.freshness.objectiveMs != null && (
          <small>promised {formatMs(health.freshness.objectiveMs)}</small>
        )}
      </>
    ),
  },
  {
    id: 'within',
    header: 'In time, 24 h',
    kind: 'end',
    value: ({ health }) => health?.freshness.withinObjective ?? null,
    cell: ({ health }) => formatShare(health?.freshness.withinObjective),
  },
  {
    id: 'rows',
    header: 'Rows',
    kind: 'end',
    value: ({ rows }) => rows,
    cell: ({ rows }) => formatCount(rows),
  },
  {
    id: 'last',
    header: 'Last event',
    kind: 'end',
    value: ({ lastEventMs }) => lastEventMs,
    cell: ({ lastEventMs }) => <Ago atMs={lastEventMs} />,
  },
];

const Canary = ({ canary }: { canary: NonNullable<HealthReport['canary']> }) => (
  <Card title="Canary, end to end" aside={<Condition state={canary.condition} />}>
    <Figures
      figures={[
        { label: 'p50', value: formatMs(canary.p50Ms) },
        { label: 'p99', value: formatMs(canary.p99Ms) },
        { label: 'Sent', value: formatCount(canary.sent) },
        { label: 'Arrived', value: formatCount(canary.arrived) },
        {
          label: 'Lost',
          value: formatCount(canary.lost),
          condition: canary.lost > 0 ? 'bad' : 'ok',
        },
        { label: 'Last', value: <Ago atMs={canary.lastMs} /> },
      ]}
    />
  </Card>
);

const StreamsPage = () => {
  const [search, setSearch] = useUrlState('q');
  const [which, setWhich] = useUrlState('which', 'all');
  const catalog = useApi<CatalogList>(
    '/catalog',
    { q: search },
    { everyMs: every.slow, keep: true },
  );
  const health = useApi<HealthReport>('/streams', {}, { everyMs: every.calm });
  const rows = useMemo(() => {
    const known = new Map(health.data?.streams.map((stream) => [stream.contract, stream]));
    return (catalog.data?.entries ?? [])
      .map((entry): StreamRow => ({ ...entry, health: known.get(entry.id) }))
      .filter((row) => which === 'all' || gravity[row.health?.condition ?? row.condition] > 1);
  }, [catalog.data, health.data, which]);
  return (
    <Page
      title="Streams"
      lead="Contracts joined with what is seen: who owns a stream, whether it keeps its promise, where its rows are."
      live={catalog}
    >
      <Answered answer={catalog} lines={8}>
        {() => (
          <Card
            title="Streams"
            aside={
              <>
                <FilterBox label="Search names, fields, owners" value={search} change={setSearch} />
                <Choice
                  label="Which streams"
                  options={[
                    ['all', 'All'],
                    ['unwell', 'Not well'],
                  ]}
                  value={which}
                  choose={setWhich}
                />
              </>
            }
          >
            <DataTable
              label="Streams"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              sort="name.asc"
              empty={
                search === '' && which === 'all' ? (
                  <Blank icon="streams" title="There are no streams yet">
                    <p>A stream is declared once, as a pair of files under schemas.</p>
                  </Blank>
                ) : (
                  <Blank icon="streams" title="No stream is like this">
                    <p>Search for other words, or choose all.</p>
                  </Blank>
                )
              }
            />
          </Card>
        )}
      </Answered>
      {health.data?.canary != null && <Canary canary={health.data.canary} />}
    </Page>
  );
};

export default StreamsPage;
