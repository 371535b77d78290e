/**
 * Asks ClickHouse's system tables now and then how it bears the inserts. A question that the user may not ask is left
 * out with one WARN and tried again; the figures of it are absent meanwhile. No figure is older than two rounds.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import {
  askBacklogs,
  askDisks,
  askEvents,
  askFailedObjects,
  askPartsToThrow,
  askReplicas,
  askTables,
} from './ask-system.ts';
import type { ProbedFigures, TableFigures } from './probe-metrics.ts';

/** What one instance asks for. */
export interface ProbeShare {
  readonly tables: readonly string[];
  readonly asksServer: boolean;
}

export interface ProberOptions {
  readonly clickhouse: ClickHouse;
  /** Raw tables that this instance asks for; server-wide figures too when `asksServer`. */
  share(): ProbeShare;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Prober {
  figures(): ProbedFigures;
  /** One round; false when this instance has nothing to ask. Rejects on a bug alone. */
  probe(): Promise<boolean>;
  /** Rounds until the signal aborts, so many ms apart; 0 never asks. */
  run(intervalMs: number, signal: AbortSignal): Promise<void>;
}

/** Soon after partitions are assigned their figures are there. */
const UNASSIGNED_PAUSE_MS = 1_000;

type Question = readonly [name: string, ask: () => Promise<ProbedFigures>];

/** A big newest part leaves the newest time unread; a time that was read once is still the newest known. */
const keepNewest = (
  tables: readonly TableFigures[],
  known: ReadonlyMap<string, number>,
): readonly TableFigures[] =>
  tables.map((one) => {
    const ingestedMs = Math.max(one.ingestedMs ?? 0, known.get(one.table) ?? 0);
    return ingestedMs === 0 ? one : { ...one, ingestedMs };
  });

export function createProber(options: ProberOptions): Prober {
  const { clickhouse, share, clock, logger } = options;
  const newest = new Map<string, number>();
  const warned = new Set<string>();
  let figures: ProbedFigures = {};

  const tablesQuestion = async (tables: readonly string[]): Promise<ProbedFigures> => {
    const asked = keepNewest(await askTables(clickhouse, tables), newest);
    for (const { table, ingestedMs } of asked)
      if (ingestedMs !== undefined) newest.set(table, ingestedMs);
    return { tables: asked };
  };

  const questions = (): readonly Question[] => {
    const { tables, asksServer } = share();
    const ofTables: readonly Question[] = [
      ['parts', () => tablesQuestion(tables)],
      ['merges', async () => ({ backlogs: await askBacklogs(clickhouse, tables) })],
      ['replicas', async () => ({ replicas: await askReplicas(clickhouse, tables) })],
      ['merge_tree_settings', () => askPartsToThrow(clickhouse)],
    ];
    const ofServer: readonly Question[] = [
      ['disks', async () => ({ disks: await askDisks(clickhouse) })],
      ['events', async () => ({ events: await askEvents(clickhouse) })],
      ['dictionaries', async () => ({ failedObjects: await askFailedObjects(clickhouse) })],
    ];
    return [...(tables.length > 0 ? ofTables : []), ...(asksServer ? ofServer : [])];
  };

  const answer = async ([name, ask]: Question): Promise<ProbedFigures> => {
    try {
      const answered = await ask();
      warned.delete(name);
      return answered;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      // ClickHouse being away is told by the lanes that wait for it
      if (error.code === 'clickhouse.rejected' && !warned.has(name)) {
        warned.add(name);
        const fields = { probe: name, code: error.code, reason: error.message };
        logger.warn(fields, 'figures of a system table are left out');
      }
      return {};
    }
  };

  const probe = async (): Promise<boolean> => {
    const asked = questions();
    if (asked.length === 0) {
      figures = {};
      return false;
    }
    const beganMs = performance.now();
    let round: ProbedFigures = {};
    for (const question of asked) round = { ...round, ...(await answer(question)) };
    figures = { ...round, roundSeconds: (performance.now() - beganMs) / 1_000 };
    return true;
  };

  return {
    figures: () => figures,
    probe,
    run: async (intervalMs, signal) => {
      while (intervalMs > 0 && !signal.aborted) {
        const hasAsked = await probe();
        const pauseMs = hasAsked ? intervalMs : Math.min(intervalMs, UNASSIGNED_PAUSE_MS);
        await clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    },
  };
}
