/**
 * The landings of one topic by schema id: looked up without waiting on the hot path (`peek`), resolved
 * once per id otherwise (`resolve`). An id that the registry does not know is asked for again for a
 * bounded time, since a registry may lag behind a producer; after that its records are dead letters. The
 * patience is spent once a minute, so that a flood of garbage ids does not hold the topic up.
 */
import type { RegistryClient } from '@millrace/avro';
import { type ClickHouse, type DescribedTable, describeTable } from '@millrace/clickhouse';
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import { compileLanding, type Landing, type Unfit } from './landing.ts';

export interface TopicLandings {
  /** What is known of the id now; undefined when `resolve` has to be awaited first. */
  peek(schemaId: number): Landing | Unfit | undefined;
  /**
   * Settles when `peek` has an answer. Rejects, always retryable: `registry.unavailable`,
   * `clickhouse.unavailable`, `sink.table-unfit`.
   */
  resolve(schemaId: number, signal: AbortSignal): Promise<void>;
  /** Judges every schema and the table anew: the table may have been altered. */
  forget(): void;
}

export interface TopicLandingsOptions {
  readonly contract: WarehouseContract;
  readonly registry: RegistryClient;
  readonly clickhouse: ClickHouse;
  readonly clock: Clock;
  /** How long an unknown schema id is asked for before its records are dead, ms. */
  readonly schemaWaitMs: number;
}

const ASK_AGAIN_MS = 1_000;
const PATIENCE_RETURNS_MS = 60_000;
/** How long the verdict on an unknown id stands. */
const UNKNOWN_STANDS_MS = 30_000;
/** Ids kept; garbage ids beyond it are resolved again. */
const VERDICTS_MAX = 10_000;

export function createTopicLandings(options: TopicLandingsOptions): TopicLandings {
  const { contract, registry, clickhouse, clock } = options;
  const verdicts = new Map<number, { verdict: Landing | Unfit; untilMs: number }>();
  const resolving = new Map<number, Promise<void>>();
  let table: DescribedTable | undefined;
  let patienceSpentMs = Number.NEGATIVE_INFINITY;

  const keep = (verdict: Landing | Unfit, untilMs: number): void => {
    if (verdicts.size >= VERDICTS_MAX) verdicts.clear();
    verdicts.set(verdict.schemaId, { verdict, untilMs });
  };

  const schemaText = async (schemaId: number, signal: AbortSignal): Promise<string | undefined> => {
    const isPatient = clock.nowMs() - patienceSpentMs > PATIENCE_RETURNS_MS;
    const deadlineMs = clock.nowMs() + (isPatient ? options.schemaWaitMs : 0);
    for (;;) {
      try {
        return (await registry.schemaById(schemaId)).schemaText;
      } catch (error) {
        const isUnknown =
          error instanceof MillraceError && error.code === 'registry.unknown-schema';
        if (!isUnknown) throw error;
        if (clock.nowMs() >= deadlineMs) break;
        await clock.sleep(Math.min(ASK_AGAIN_MS, deadlineMs - clock.nowMs()), signal);
      }
    }
    patienceSpentMs = clock.nowMs();
    return undefined;
  };

  const judge = async (schemaId: number, signal: AbortSignal): Promise<void> => {
    const text = await schemaText(schemaId, signal);
    if (text === undefined) {
      const reason = `the registry does not know schema id ${schemaId}`;
      const unknown = { kind: 'unfit', schemaId, code: 'registry.unknown-schema', reason } as const;
      keep(unknown, clock.nowMs() + UNKNOWN_STANDS_MS);
      return;
    }
    table ??= await describeTable(clickhouse, contract.warehouse.table);
    if (!table) {
      throw new MillraceError(
        'sink.table-unfit',
        `table ${clickhouse.database}.${contract.warehouse.table} does not exist`,
        { retryable: true },
      );
    }
    try {
      keep(compileLanding(contract, table, schemaId, text), Number.POSITIVE_INFINITY);
    } catch (error) {
      table = undefined;
      throw error;
    }
  };

  return {
    peek: (schemaId) => {
      const known = verdicts.get(schemaId);
      return known && known.untilMs > clock.nowMs() ? known.verdict : undefined;
    },
    resolve: (schemaId, signal) => {
      const running = resolving.get(schemaId);
      if (running) return running;
      const started = judge(schemaId, signal).finally(() => resolving.delete(schemaId));
      resolving.set(schemaId, started);
      return started;
    },
    forget: () => {
      verdicts.clear();
      table = undefined;
    },
  };
}
