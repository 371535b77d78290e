/**
 * The contracts as the project's files say now: a contract may change while the sink runs, and its table with
 * it (`millrace contracts apply`). What decides about a partition's life (role, table, topic) stays as it was
 * at the start; a contract that changed there is taken at the next start.
 */
import { hasWarehouse, MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';

export interface LatestContracts {
  /** The contract of the same stream, read anew when the last reading is older than a second. Never rejects. */
  of(started: WarehouseContract): Promise<WarehouseContract>;
}

const READ_AGAIN_MS = 1_000;

/** @param directory the project's, `MILLRACE_PROJECT` */
export function createLatestContracts(
  directory: string,
  clock: Clock,
  logger: Logger,
): LatestContracts {
  let readMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<readonly WarehouseContract[]> = Promise.resolve([]);

  const read = async (before: readonly WarehouseContract[]) => {
    try {
      return (await loadProject(directory)).contracts.filter(hasWarehouse);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      // Files are written one after the other, so a project may be at odds with itself for a moment.
      logger.warn({ err: error }, 'the project is not in order; its contracts stay as they were');
      return before;
    }
  };

  return {
    of: async (started) => {
      if (clock.nowMs() - readMs >= READ_AGAIN_MS) {
        readMs = clock.nowMs();
        reading = reading.then(read);
      }
      const latest = (await reading).find(({ id }) => id === started.id);
      const isSameLife =
        latest?.topic.name === started.topic.name &&
        latest.warehouse.role === started.warehouse.role &&
        latest.warehouse.table === started.warehouse.table;
      return latest !== undefined && isSameLife ? latest : started;
    },
  };
}
