/** One consumer group: how its lag went, and each of its partitions. */
import type { GroupLag, LagHistory, LagReport, PartitionLag } from '@millrace/operations';
import { Link, useParams } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatRate, formatShort } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { OverTime } from '../ui/over-time.tsx';
import { Page } from '../ui/page.tsx';
import { behindColumns } from '../ui/usual-columns.tsx';
import { useUrlState } from '../url-state.ts';
import { trendText } from './lag.tsx';

const columns: readonly Column<PartitionLag>[] = [
  {
    id: 'topic',
    header: 'Partition',
    value: ({ topic, partition }) => `${topic} ${partition}`,
    cell: ({ topic, partition }) => `${topic} / ${partition}`,
  },
  {
    id: 'state',
    header: 'State',
    value: ({ state }) => state,
    cell: ({ state }) => <Condition state={conditionOf(state)}>{state}</Condition>,
  },
  ...behindColumns<PartitionLag>(
    ({ seconds }) => seconds,
    ({ records }) => records,
  ),
  {
    id: 'committed',
    header: 'Committed',
    kind: 'end',
    value: ({ committed }) => committed,
    cell: ({ committed }) => formatCount(committed),
  },
  {
    id: 'end',
    header: 'End',
    kind: 'end',
    value: ({ end }) => end,
    cell: ({ end }) => formatCount(end),
  },
  { id: 'member', header: 'Member', kind: 'wide', value: ({ member }) => member },
];

const conditionOf = (state: PartitionLag['state']) => {
  if (state === 'ok') return 'ok';
  if (state === 'behind' || state === 'rewound') return 'warn';
  return state === 'stopped' || state === 'stalled' ? 'bad' : 'unknown';
};

const figures = (group: GroupLag) => [
  { label: 'Behind', value: formatSeconds(group.seconds) },
  { label: 'Records', value: formatCount(group.records) },
  { label: 'Trend', value: trendText(group.trendPerSecond) },
  { label: 'Clear in', value: formatSeconds(group.clearSeconds) },
  { label: 'Consumes', value: formatRate(group.consumedPerSecond) },
  { label: 'Members', value: formatCount(group.members) },
];

const History = ({ group, topics }: { group: string; topics: readonly string[] }) => {
  const [topic, setTopic] = useUrlState('topic');
  const choice = topics.length > 1 && (
    <select
      className="input"
      aria-label="Topic"
      value={topic}
      onChange={(event) => setTopic(event.target.value)}
    >
      <option value="">All topics</option>
      {topics.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
  return (
    <OverTime<LagHistory>
      path="/lag/history"
      query={{ group, topic }}
      hours="6"
      aside={choice}
      charts={({ records, seconds }) => [
        {
          ...{ title: 'Seconds behind', label: 'Seconds behind', format: formatSeconds },
          lines: [{ name: 'Behind', series: seconds }],
        },
        {
          ...{ title: 'Records behind', label: 'Records behind', format: formatShort },
          lines: [{ name: 'Records', series: records }],
        },
      ]}
    />
  );
};

const LagGroupPage = () => {
  const { group: name = '' } = useParams<{ group: string }>();
  const lag = useApi<LagReport>('/lag', { group: name }, { everyMs: every.live });
  return (
    <Page title={name} crumbs={<Link href="/lag">Lag</Link>} live={lag}>
      <Answered answer={lag} lines={8}>
        {({ groups }) => {
          const group = groups.find((one) => one.group === name);
          if (group === undefined)
            return (
              <Blank icon="lag" title="This group is not on this Kafka">
                <p>It may have been deleted; its offsets are gone with it.</p>
              </Blank>
            );
          return (
            <>
              <div className="row wrap">
                <Condition state={group.condition}>{group.state}</Condition>
                <span className="muted">{group.service ?? 'not one of ours'}</span>
              </div>
              <Figures figures={figures(group)} />
              <History group={name} topics={group.topics} />
              <Card title="Partitions">
                <DataTable
                  label="Partitions of the group"
                  columns={columns}
                  rows={group.partitions}
                  rowKey={({ topic, partition }) => `${topic} ${partition}`}
                  sort="records.desc"
                />
              </Card>
            </>
          );
        }}
      </Answered>
    </Page>
  );
};

export default LagGroupPage;
