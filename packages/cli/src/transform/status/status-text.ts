/** What `millrace transform status` makes of Kafka's word, and how it is printed. */
import { ageText } from '../../cdc/figures.ts';
import { plural } from '../../contracts/command-output.ts';
import { tableText } from '../../demo/table-text.ts';
import type { StandbyStatus } from './read-standbys.ts';
import type { InputStatus, TransformStatus } from './read-status.ts';

/** One word for scripts. `stopped`: no instance runs it, and nothing waits for one. */
export type TransformState = 'running' | 'behind' | 'stopped' | 'stuck';

/** What a running transform takes up, it commits sooner than this. */
const LAG_MAX_SECONDS = 60;

/** Why somebody should look, one sentence each; the service's own words are on its /readyz and in its log. */
export const concerns = (status: TransformStatus): readonly string[] => {
  const { group, members, missingTopics, partitions } = status;
  const missing = missingTopics.map(
    (topic) => `${topic} does not exist: run millrace contracts apply`,
  );
  const lagging = partitions.filter(({ lagRecords }) => lagRecords > 0);
  if (members.length === 0) {
    const waiting = lagging.reduce((sum, { lagRecords }) => sum + lagRecords, 0);
    return waiting === 0
      ? missing
      : [...missing, `${plural(waiting, 'record')} wait and nobody is in the group ${group}`];
  }
  const late = lagging.filter(({ lagSeconds }) => lagSeconds > LAG_MAX_SECONDS);
  return [
    ...missing,
    ...late.map(
      ({ topic, partition, lagRecords, lagSeconds }) =>
        `${topic}/${partition}: ${plural(lagRecords, 'record')}, ${ageText(lagSeconds)} behind`,
    ),
  ];
};

export const stateOf = (status: TransformStatus): TransformState => {
  if (concerns(status).length > 0) return 'stuck';
  if (status.members.length === 0) return 'stopped';
  return status.partitions.some(({ lagRecords }) => lagRecords > 0) ? 'behind' : 'running';
};

const sentences: Readonly<Record<TransformState, string>> = {
  running: 'running, and everything that it reads is committed',
  behind: 'running',
  stopped: 'no instance runs it, and nothing waits',
  stuck: 'somebody has to look',
};

const row = (one: InputStatus) => ({
  stage: one.stage,
  partition: `${one.topic}/${one.partition}`,
  committed: one.committed ?? '–',
  end: one.end,
  lag: one.lagRecords,
  behind: one.lagSeconds === 0 ? '–' : ageText(one.lagSeconds),
  watermark: one.watermarkMs === undefined ? '–' : new Date(one.watermarkMs).toISOString(),
});

const copyRow = ({ stage, partition, instance, lagRecords }: StandbyStatus) => ({
  ...{ stage, partition, 'stands by at': instance, lag: lagRecords ?? '?' },
});

/** For a person. */
export const statusText = (status: TransformStatus): string => {
  const { transform, members, partitions, standbys } = status;
  const hosts = members.map(({ host }) => host.replace(/^\//, ''));
  return [
    `${transform}: ${sentences[stateOf(status)]}`,
    ...concerns(status).map((concern) => `  ${concern}`),
    `  ${plural(members.length, 'member')}${hosts.length > 0 ? ` (${hosts.join(', ')})` : ''}`,
    ...(partitions.length > 0 ? [`\n${tableText(partitions.map(row))}`] : []),
    ...(standbys.length > 0 ? [`\n${tableText(standbys.map(copyRow))}`] : []),
  ].join('\n');
};
