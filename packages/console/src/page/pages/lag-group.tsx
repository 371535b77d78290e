/** One consumer group: how its lag went, and each of its partitions. */
import type { GroupLag, LagHistory, LagReport, PartitionLag } from '@millrace/operations';
import { Link, useParams } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatRate, formatShort } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Chart } from '../ui/chart.tsx';
import { Choice, hourOptions } from '../ui/choice.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Page } from '../ui/page.tsx';
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
  {
    id: 'seconds',
    header: 'Behind',
    kind: 'end',
    value: ({ seconds }) => seconds,
    cell: ({ seconds }) => formatSeconds(seconds),
  },
  {
    id: 'records',
    header: 'Records',
    kind: 'end',
    value: ({ records }) => records,
    cell: ({ records }) => formatCount(records),
  },
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
  const [hours, setHours] = useUrlState('hours', '6');
  const [topic, setTopic] = useUrlState('topic');
  const history = useApi<LagHistory>(
    '/lag/history',
    { group, topic, hours },
    { everyMs: every.slow, keep: true },
  );
  return (
    <Card
      title="Over time"
      padded
      aside={
        <>
          {topics.length > 1 && (
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
          )}
          <Choice label="Time" options={hourOptions} value={hours} choose={setHours} />
        </>
      }
    >
      <Answered answer={history}>
        {({ records, seconds }) => (
          <div className="grid">
            <figure>
              <h3>Seconds behind</h3>
              <Chart
                label="Seconds behind"
                lines={[{ name: 'Behind', series: seconds }]}
                format={formatSeconds}
              />
            </figure>
            <figure>
              <h3>Records behind</h3>
              <Chart
                label="Records behind"
                lines={[{ name: 'Records', series: records }]}
                format={formatShort}
              />
            </figure>
          </div>
        )}
      </Answered>
    </Card>
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
