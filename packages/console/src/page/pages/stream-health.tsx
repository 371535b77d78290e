/** Whether a stream arrives: in time, and all of it; and what its contract promises. */
import type {
  CatalogPage,
  DimensionMatch,
  HealthHistory,
  PartitionRange,
  StreamCounts,
  StreamHealth,
} from '@millrace/operations';
import { formatCount, formatRate, formatShare, formatShort } from '../format/numbers.ts';
import { formatMs } from '../format/times.ts';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { OverTime } from '../ui/over-time.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';
import { CountAgain } from './count-again.tsx';

const freshness = ({ freshness: fresh, perSecond }: StreamHealth, lastMs: number | null) => [
  { label: 'Rate', value: formatRate(perSecond) },
  { label: 'Queryable in, p50', value: formatMs(fresh.p50Ms) },
  {
    label: 'Queryable in, p99',
    value: formatMs(fresh.p99Ms),
    note:
      fresh.objectiveMs === null ? 'nothing promised' : `promised ${formatMs(fresh.objectiveMs)}`,
    condition:
      fresh.objectiveMs !== null && (fresh.p99Ms ?? 0) > fresh.objectiveMs
        ? ('warn' as const)
        : ('ok' as const),
  },
  { label: 'In time, 24 h', value: formatShare(fresh.withinObjective) },
  {
    label: 'Error budget left',
    value: (fresh.budgetLeft ?? 0) < 0 ? 'used up' : formatShare(fresh.budgetLeft),
    note: fresh.burnRate === null ? undefined : `burns ${formatShort(fresh.burnRate)}×`,
    condition: (fresh.budgetLeft ?? 1) <= 0 ? ('bad' as const) : ('ok' as const),
  },
  {
    label: 'Overdue now',
    value: formatCount(fresh.overdue),
    note:
      fresh.oldestWaitingMs > 0 ? `the oldest waits ${formatMs(fresh.oldestWaitingMs)}` : undefined,
    condition: fresh.overdue > 0 ? ('bad' as const) : ('ok' as const),
  },
  { label: 'Last event', value: <Ago atMs={fresh.lastEventMs ?? lastMs} /> },
];

/** The first of them: `partition 3, 17 to 19`. */
const rangesText = (ranges: readonly PartitionRange[]): string | undefined => {
  const [first] = ranges;
  if (first === undefined) return undefined;
  const more = ranges.length > 1 ? ` and ${ranges.length - 1} more ranges` : '';
  return `partition ${first.partition}, ${first.from} to ${first.to}${more}`;
};

const Ledger = ({ counts }: { counts: StreamCounts }) => (
  <Card
    title="Every record is somewhere"
    aside={
      <span className="muted">
        counted <Ago atMs={counts.countedAtMs} />
      </span>
    }
  >
    <Figures
      figures={[
        { label: 'On Kafka', value: formatCount(counts.onKafka) },
        { label: 'Landed', value: formatCount(counts.landed) },
        { label: 'Waiting', value: formatCount(counts.waiting) },
        { label: 'Dead letters', value: formatCount(counts.dead) },
        { label: 'Nothing to land', value: formatCount(counts.skipped) },
        { label: 'Refused at the door', value: formatCount(counts.rejected) },
        {
          label: 'Missing',
          value: formatCount(counts.missing),
          note: rangesText(counts.missingRanges),
          condition: counts.missing > 0 ? 'bad' : 'ok',
        },
        {
          label: 'Double',
          value: formatCount(counts.double),
          note: rangesText(counts.doubleRanges),
          condition: counts.double > 0 ? 'bad' : 'ok',
        },
      ]}
    />
  </Card>
);

const Match = ({ match }: { match: DimensionMatch }) => (
  <Card
    title="Against its source table"
    aside={
      <span className="muted">
        compared <Ago atMs={match.comparedAtMs} />
      </span>
    }
  >
    <Figures
      figures={[
        { label: 'Rows', value: formatCount(match.rows) },
        ...(['missing', 'surplus', 'different'] as const).map((name) => ({
          label: name[0]?.toUpperCase() + name.slice(1),
          value: formatCount(match[name]),
          condition: match[name] > 0 ? ('bad' as const) : ('ok' as const),
        })),
      ]}
    />
  </Card>
);

const History = ({ page }: { page: CatalogPage }) => (
  <OverTime<HealthHistory>
    path={`${pathOf('streams', page.id)}/history`}
    hours="24"
    charts={({ p50Ms, p99Ms, perSecond, rejected, dead }) => [
      {
        ...{ title: 'From accepted to queryable', label: 'Time from accepted to queryable' },
        lines: [
          { name: 'p50', series: p50Ms },
          { name: 'p99', series: p99Ms },
        ],
        format: formatMs,
      },
      {
        ...{ title: 'Records a second', label: 'Records a second', format: formatShort },
        lines: [{ name: 'Rate', series: perSecond }],
      },
      {
        ...{ title: 'Rejected and dead', label: 'Rejected at the door, and dead letters' },
        ...{ kind: 'bar', format: formatShort },
        lines: [
          { name: 'Rejected', series: rejected },
          { name: 'Dead letters', series: dead },
        ],
      },
    ]}
  />
);

const Promises = ({ objectives }: Pick<CatalogPage, 'objectives'>) => (
  <Card title="Promised by the contract">
    {objectives.length === 0 ? (
      <Blank title="The contract promises nothing">
        <p>Add slaProperties to its ODCS file, e.g. a latency.</p>
      </Blank>
    ) : (
      <table className="table cards">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Promised</th>
            <th scope="col">Observed</th>
            <th scope="col">Kept</th>
          </tr>
        </thead>
        <tbody>
          {objectives.map(({ name, promised, observed, met }) => (
            <tr key={name}>
              <td data-label="What">{name}</td>
              <td data-label="Promised">{promised}</td>
              <td data-label="Observed">{observed ?? 'not measured'}</td>
              <td data-label="Kept">
                <Condition state={met === null ? 'unknown' : met ? 'ok' : 'bad'}>
                  {met === null ? 'Unknown' : met ? 'Kept' : 'Broken'}
                </Condition>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Card>
);

export interface StreamHealthTabProps {
  readonly page: CatalogPage;
  readonly health: StreamHealth | undefined;
}

export const StreamHealthTab = ({ page, health }: StreamHealthTabProps) => (
  <>
    {health !== undefined && <Figures figures={freshness(health, page.lastEventMs)} />}
    {health?.counts != null && <Ledger counts={health.counts} />}
    {health?.dimension != null && <Match match={health.dimension} />}
    {health !== undefined && <CountAgain contract={page.id} counts={health.counts} />}
    <History page={page} />
    <Promises objectives={page.objectives} />
  </>
);
