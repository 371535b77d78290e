/**
 * Looks once a minute for materialized views that count a repeated batch twice, since somebody may make one at any time. It says so
 * and no more: whether such a view is wrong (a counter) or harmless (a target that is read with FINAL) only a person knows.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import type { SinkMetrics } from '../metrics.ts';
import { type DependentView, readTableMemory } from './dependent-views.ts';

export interface ViewWatchOptions {
  readonly clickhouse: Pick<ClickHouse, 'query' | 'database'>;
  /** Whose raw tables are looked behind. */
  readonly contracts: readonly WarehouseContract[];
  readonly metrics: Pick<SinkMetrics, 'forgetfulViews'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

const LOOK_AGAIN_MS = 60_000;

/** Runs until the signal aborts. A server that cannot be asked is asked again: others say that it is away. */
export async function watchViews(options: ViewWatchOptions, signal: AbortSignal): Promise<void> {
  const { clickhouse, contracts, metrics, logger, clock } = options;
  const told = new Set<string>();

  const tell = (table: string, { name, target }: DependentView): void => {
    if (told.has(name)) return;
    told.add(name);
    logger.warn(
      { table, view: name, target, code: 'sink.view-forgets' },
      'a view counts repeated batches twice: its target remembers no insert tokens',
    );
  };

  while (!signal.aborted) {
    for (const { warehouse } of contracts) {
      const { table } = warehouse;
      try {
        const memory = await readTableMemory(clickhouse, table);
        const forgetful = memory?.views.filter((view) => !view.dropsRepeats) ?? [];
        metrics.forgetfulViews(table, forgetful.length);
        for (const view of forgetful) tell(table, view);
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        logger.debug({ table, code: error.code }, 'views could not be looked at');
      }
    }
    await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => undefined);
  }
}
