/** Rounds of one watch, until the service stops. A round that fails is told once and tried anew. */
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import type { QualityMetrics } from '../metrics.ts';
import type { Watch } from '../watch.ts';

export interface RunWatchOptions {
  readonly metrics: Pick<QualityMetrics, 'watchSeconds' | 'watchErrors'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Never rejects. An error is logged when it begins and when it changes, not at each round. */
export const runWatch = async (watch: Watch, options: RunWatchOptions): Promise<void> => {
  const { metrics, clock, logger, signal } = options;
  const labels = { watch: watch.name };
  let told: string | undefined;
  while (!signal.aborted) {
    const begunMs = performance.now();
    try {
      await watch.round(signal);
      if (told !== undefined) logger.info(labels, 'watching again');
      told = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const code = error instanceof MillraceError ? error.code : 'operations.internal';
      metrics.watchErrors.inc({ ...labels, code });
      if (told !== code) logger.warn({ ...labels, code, err: error }, 'a round failed');
      told = code;
    }
    metrics.watchSeconds.observe(labels, (performance.now() - begunMs) / 1000);
    await clock.sleep(watch.everyMs, signal).catch(() => undefined);
  }
};
