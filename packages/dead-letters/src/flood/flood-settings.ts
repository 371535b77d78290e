/** The settings of a service that says when dead letters are an outage: the same words in each. */
import { setting } from '@millrace/runtime';
import type { FloodLimits } from './flood-guard.ts';

/** @param service as in its variables, e.g. `SINK` */
export const floodSettings = (service: string) => ({
  floodPercent: setting.integer({
    env: `MILLRACE_${service}_FLOOD_PERCENT`,
    default: 50,
    min: 1,
    max: 100,
    description:
      'When more of the newest records than this would be dead letters, it is an outage: the partition waits instead. 100 never waits.',
  }),
  floodRecords: setting.integer({
    env: `MILLRACE_${service}_FLOOD_RECORDS`,
    default: 100,
    min: 1,
    description: 'So many records are looked at, at least; before, each bad one leaves alone.',
  }),
});

/** What the settings say, in the guard's terms. */
export const floodLimits = ({
  floodPercent,
  floodRecords,
}: {
  readonly floodPercent: number;
  readonly floodRecords: number;
}): FloodLimits => ({ share: floodPercent / 100, records: floodRecords });
