/** Settings of the catalog. */
import { setting } from '@millrace/runtime';

export const catalogSettings = {
  catalogIntervalMs: setting.duration({
    env: 'MILLRACE_QUALITY_CATALOG_INTERVAL',
    default: 30_000,
    min: 100,
    description:
      'From one look at a few contracts (newest records, versions, tables) to the next; a page that is asked for is looked at then.',
  }),
  catalogSampleRows: setting.integer({
    env: 'MILLRACE_QUALITY_CATALOG_SAMPLE_ROWS',
    default: 20,
    min: 0,
    max: 1000,
    description:
      'Rows that a sample shows, what is not for every analyst masked. 0: no samples at all.',
  }),
};
