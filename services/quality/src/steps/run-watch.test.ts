import { MillraceError } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createQualityMetrics } from '../metrics.ts';
import { runWatch } from './run-watch.ts';

test('a round that fails is told once, and the watch goes on until it is stopped', async () => {
  const stopping = new AbortController();
  const told: string[] = [];
  const logger = {
    ...silentLogger,
    warn: () => void told.push('warn'),
    info: () => void told.push('info'),
  };
  const clock = createManualClock();
  const meters = createMetrics('quality');
  let rounds = 0;
  const running = runWatch(
    {
      name: 'lag',
      everyMs: 1000,
      round: async () => {
        rounds += 1;
        if (rounds === 2 || rounds === 3) throw new MillraceError('kafka.unavailable', 'away');
      },
    },
    { metrics: createQualityMetrics(meters), clock, logger, signal: stopping.signal },
  );
  for (let round = 2; round <= 4; round += 1) {
    await expect.poll(() => clock.sleeping()).toBe(1);
    await clock.advance(1000);
    await expect.poll(() => rounds).toBe(round);
  }
  await expect.poll(() => told).toEqual(['warn', 'info']);
  stopping.abort();
  await running;
  expect(await meters.render()).toContain(
    'millrace_quality_watch_errors_total{watch="lag",code="kafka.unavailable"} 2',
  );
});
