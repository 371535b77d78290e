/** Settings of the watch over consumer groups. */
import { setting } from '@millrace/runtime';

export const lagSettings = {
  lagIntervalMs: setting.duration({
    env: 'MILLRACE_QUALITY_LAG_INTERVAL',
    default: 5000,
    min: 100,
    description:
      'From one look at all groups to the next; longer where MILLRACE_QUALITY_LAG_CPU asks for it.',
  }),
  lagCpuPermille: setting.integer({
    env: 'MILLRACE_QUALITY_LAG_CPU',
    default: 3,
    min: 1,
    max: 1000,
    unit: 'thousandths of a core',
    description:
      'What looking at groups may cost on average: rounds that cost more come less often.',
  }),
  lagWindowMs: setting.duration({
    env: 'MILLRACE_QUALITY_LAG_WINDOW',
    default: 120_000,
    min: 1000,
    description:
      'How long a group with records before it must stand still, or fall back, before it is called stopped, stalled or behind.',
  }),
  lagSecondsMax: setting.duration({
    env: 'MILLRACE_QUALITY_LAG_MAX',
    default: 300_000,
    min: 1000,
    description:
      'Age of the first record that is not done from which a group is told as late; on a topic whose contract has a latency, that is taken.',
  }),
  lagHistoryMs: setting.duration({
    env: 'MILLRACE_QUALITY_LAG_HISTORY',
    default: 15_000,
    min: 100,
    description:
      'From one row of history to the next, of each group and topic; longer where that were more than 100 rows a second.',
  }),
  lagRecordsReadMax: setting.integer({
    env: 'MILLRACE_QUALITY_LAG_READS',
    default: 8,
    min: 0,
    max: 100,
    description:
      'Records that are looked up in one round to know their age exactly, and markers from records. 0: ages are estimated.',
  }),
  sinkGroup: setting.string({
    env: 'MILLRACE_SINK_GROUP',
    default: 'millrace.sink',
    description: 'Consumer group of the sink.',
  }),
};
