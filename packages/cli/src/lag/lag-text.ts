/** What `millrace lag` prints: a row a group; of one group a row a partition. */
import type { GroupLag, LagReport } from '@millrace/operations';
import { tableText } from '../demo/table-text.ts';

/** `0 s`, `4.2 s`, `12 min`, `3 h`, `2 d`. */
export const spanText = (seconds: number | null): string => {
  if (seconds === null) return '–';
  if (seconds < 10) return `${seconds === 0 ? '0' : seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
};

const count = (value: number): string => value.toLocaleString('en');

const rate = (perSecond: number | null): string => {
  if (perSecond === null) return '–';
  const rounded = Math.abs(perSecond) >= 10 ? Math.round(perSecond) : Number(perSecond.toFixed(1));
  return `${count(rounded)}/s`;
};

const signed = (perSecond: number | null): string =>
  perSecond !== null && perSecond >= 0.05 ? `+${rate(perSecond)}` : rate(perSecond);

const groupRow = (group: GroupLag) => ({
  group: group.group,
  is: group.state,
  behind: spanText(group.seconds),
  records: count(group.records),
  trend: signed(group.trendPerSecond),
  'clear in': group.records === 0 ? '–' : spanText(group.clearSeconds),
  consumes: rate(group.consumedPerSecond),
  members: group.members,
  topics: group.topicLags.length > 1 ? group.topicLags.length : (group.topics[0] ?? '–'),
});

const partitionRows = ({ partitions, topicLags }: GroupLag) =>
  partitions.length === 0
    ? topicLags.map(({ topic, partitions: many, state, seconds, records }) => ({
        ...{ topic, partitions: many, is: state, behind: spanText(seconds) },
        records: count(records),
      }))
    : partitions.map(({ topic, partition, state, seconds, records, committed, end, member }) => ({
        ...{ topic, partition, is: state, behind: spanText(seconds) },
        records: records === null ? '–' : count(records),
        ...{ committed: committed ?? '–', end, member: member ?? '–' },
      }));

/** The report for a person. @param isOne of one group that was asked for: with its partitions */
export const lagText = ({ groups, atMs }: LagReport, isOne: boolean, nowMs: number): string => {
  const lines = [groups.length === 0 ? 'No group reads a topic.' : tableText(groups.map(groupRow))];
  if (isOne) for (const group of groups) lines.push('', tableText(partitionRows(group)));
  const late = groups.filter(({ condition }) => condition === 'bad' || condition === 'warn');
  const verdict =
    late.length === 0 ? 'all keep up' : `${late.length} of ${groups.length} do not keep up`;
  lines.push('', `${verdict}, as of ${spanText(Math.max(0, nowMs - atMs) / 1000)} ago`);
  return lines.join('\n');
};
