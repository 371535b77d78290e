import { systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { quietProgress } from './progress.ts';
import { runLoad } from './run-load.ts';

test('the example source of the project fits its contract: every row of its file would be accepted', async () => {
  const project = new URL('../../../../..', import.meta.url).pathname;
  const summary = await runLoad({
    config: { project, kafkaBrokers: [], registryUrl: '', eventBytesMax: 1_000_000 } as never,
    request: {
      target: 'departures-2001',
      ...{ dryRun: true, strict: true, keepGoing: false, json: true },
    },
    progress: quietProgress,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(summary).toMatchObject({
    ...{ stream: 'flights.departed', parts: 1, failed: [] },
    ...{ read: 20_000, accepted: 20_000, rejected: 0 },
  });
});
