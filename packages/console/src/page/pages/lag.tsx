/** Every consumer group, ours and others', and how far it is behind. */
import type { GroupLag, LagReport } from '@millrace/operations';
import { Link } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatRate } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Choice } from '../ui/choice.tsx';
import { Condition, gravity } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { FilterBox, matches } from '../ui/filter-box.tsx';
import { Page } from '../ui/page.tsx';
import { behindColumns } from '../ui/usual-columns.tsx';
import { pathOf, useUrlState } from '../url-state.ts';

/** `+12/s`, `−3/s`, or that it stays. */
export const trendText = (perSecond: number | null): string => {
  if (perSecond === null) return '–';
  if (Math.abs(perSecond) < 0.05) return 'steady';
  return `${perSecond > 0 ? '+' : '−'}${formatRate(Math.abs(perSecond))}`;
};

const columns: readonly Column<GroupLag>[] = [
  {
    id: 'group',
    header: 'Group',
    value: ({ group }) => group,
    cell: ({ group, service, topics }) => (
      <>
        <Link href={pathOf('lag', group)}>{group}</Link>
        <small>
          {service ?? 'not one of ours'} · {topics.length}{' '}
          {topics.length === 1 ? 'topic' : 'topics'}
        </small>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: ({ condition }) => gravity[condition],
    cell: ({ state, condition }) => <Condition state={condition}>{state}</Condition>,
  },
  ...behindColumns<GroupLag>(
    ({ seconds }) => seconds,
    ({ records }) => records,
  ),
  {
    id: 'trend',
    header: 'Trend',
    kind: 'end',
    value: ({ trendPerSecond }) => trendPerSecond,
    cell: ({ trendPerSecond }) => trendText(trendPerSecond),
  },
  {
    id: 'clear',
    header: 'Clear in',
    kind: 'end',
    value: ({ clearSeconds }) => clearSeconds,
    cell: ({ clearSeconds }) => formatSeconds(clearSeconds),
  },
  {
    id: 'rate',
    header: 'Consumes',
    kind: 'end',
    value: ({ consumedPerSecond }) => consumedPerSecond,
    cell: ({ consumedPerSecond }) => formatRate(consumedPerSecond),
  },
  {
    id: 'members',
    header: 'Members',
    kind: 'end',
    value: ({ members }) => members,
  },
];

const figures = ({ groups }: LagReport) => {
  const unwell = groups.filter(({ condition }) => condition === 'bad' || condition === 'warn');
  const seconds = groups.flatMap((group) => group.seconds ?? []);
  return [
    { label: 'Groups', value: formatCount(groups.length) },
    {
      label: 'Not well',
      value: formatCount(unwell.length),
      condition: unwell.length > 0 ? ('bad' as const) : ('ok' as const),
    },
    {
      label: 'Furthest behind',
      value: formatSeconds(seconds.length === 0 ? null : Math.max(...seconds)),
    },
    {
      label: 'Records behind',
      value: formatCount(groups.reduce((sum, { records }) => sum + records, 0)),
    },
  ];
};

const LagPage = () => {
  const lag = useApi<LagReport>('/lag', {}, { everyMs: every.live });
  const [filter, setFilter] = useUrlState('q');
  const [which, setWhich] = useUrlState('which', 'all');
  return (
    <Page
      title="Lag"
      lead="How far each consumer group is behind: in records, and in the age of the first record that it has not done."
      live={lag}
    >
      <Answered answer={lag} lines={8}>
        {(report) => (
          <>
            <Figures figures={figures(report)} />
            <Card
              title="Groups"
              aside={
                <>
                  <FilterBox label="Filter groups" value={filter} change={setFilter} />
                  <Choice
                    label="Which groups"
                    options={[
                      ['all', 'All'],
                      ['unwell', 'Not well'],
                      ['ours', 'Ours'],
                    ]}
                    value={which}
                    choose={setWhich}
                  />
                </>
              }
            >
              <DataTable
                label="Consumer groups"
                columns={columns}
                rows={report.groups.filter(
                  (group) =>
                    matches(filter, group.group, group.service, ...group.topics) &&
                    (which !== 'unwell' || gravity[group.condition] > 1) &&
                    (which !== 'ours' || group.service !== null),
                )}
                rowKey={({ group }) => group}
                sort="seconds.desc"
                empty={
                  <Blank
                    icon="lag"
                    title={
                      report.groups.length === 0
                        ? 'There are no groups yet'
                        : 'No group is like this'
                    }
                  >
                    <p>Groups appear with their first commit on this Kafka.</p>
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

export default LagPage;
