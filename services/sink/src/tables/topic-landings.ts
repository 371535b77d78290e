/**
 * The landings of one topic by schema id: looked up without waiting on the hot path (`peek`), resolved
 * once per id otherwise (`resolve`). An id that the registry does not know is asked for again for a
 * bounded time, since a registry may lag behind a producer; after that its records are dead letters. The
 * patience is spent once a minute, so that a flood of garbage ids does not hold the topic up.
 *
 * A schema is judged against contract and table as they are at that moment, so a field that both were given
 * while the sink runs lands with the first record that has it. A verdict that is not the best possible one (a
 * field without a column, a schema that does not fit) is made anew beside the stream every few seconds.
 */
import type { RegistryClient } from '@millrace/avro';
import { type ClickHouse, type DescribedTable, describeTable } from '@millrace/clickhouse';
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { compileDeletions, DELETIONS } from './deletions.ts';
import { compileLanding, type Landing, type Unfit } from './landing.ts';
import type { LatestContracts } from './latest-contracts.ts';
import { leftOutFields } from './left-out.ts';
import { tokenMemoryMs, tokenWindows } from './token-memory.ts';

export interface TopicLandings {
  /** What is known of the id, or of `DELETIONS`, now; undefined when `resolve` has to be awaited first. */
  peek(schemaId: number): Landing | Unfit | undefined;
  /**
   * Settles when `peek` has an answer. Rejects, always retryable: `registry.unavailable`,
   * `clickhouse.unavailable`, `sink.table-unfit`, `sink.fields-undeclared`.
   */
  resolve(schemaId: number, signal: AbortSignal): Promise<void>;
  /** How long a claim's token is sure to be remembered by the table as it is, ms. */
  tokenTrustMs(): number;
  /** Judges every schema and the table anew: the table may have been altered. */
  forget(): void;
}

export interface TopicLandingsOptions {
  /** As it was at the start. */
  readonly contract: WarehouseContract;
  readonly contracts: LatestContracts;
  readonly registry: RegistryClient;
  readonly clickhouse: ClickHouse;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Inserts into the table a second at most: how soon it forgets their tokens. */
  readonly insertsPerSecond: number;
  /** How long a token is trusted at most, ms. */
  readonly tokenTrustMs: number;
  /** How long an unknown schema id is asked for before its records are dead, ms. */
  readonly schemaWaitMs: number;
}

const ASK_AGAIN_MS = 1_000;
const PATIENCE_RETURNS_MS = 60_000;
/** How long the verdict on an unknown id stands. */
const UNKNOWN_STANDS_MS = 30_000;
/** How soon a verdict that a changed contract could better is made anew. */
const RECHECK_MS = 5_000;
/** Ids kept; garbage ids beyond it are resolved again. */
const VERDICTS_MAX = 10_000;

interface Verdict {
  readonly verdict: Landing | Unfit;
  readonly untilMs: number;
  /** From then on it is made anew while it stands. */
  readonly recheckMs: number;
}

const never = Number.POSITIVE_INFINITY;

/** The landings of one topic; see `TopicLandings`. */
export function createTopicLandings(options: TopicLandingsOptions): TopicLandings {
  const { registry, clickhouse, clock } = options;
  const { topic } = options.contract;
  const verdicts = new Map<number, Verdict>();
  const resolving = new Map<number, Promise<void>>();
  let patienceSpentMs = Number.NEGATIVE_INFINITY;
  let trustMs = options.tokenTrustMs;

  const keep = (known: Verdict): void => {
    if (verdicts.size >= VERDICTS_MAX) verdicts.clear();
    verdicts.set(known.verdict.schemaId, known);
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

  /** Facts only: a repeated version of a dimension changes nothing. */
  const learnMemory = async ({ warehouse }: WarehouseContract, table: DescribedTable) => {
    if (warehouse.role !== 'fact') return;
    const windows = await tokenWindows(clickhouse, table);
    const memoryMs = tokenMemoryMs(table, windows, options.insertsPerSecond);
    if (memoryMs < options.tokenTrustMs && memoryMs < trustMs) {
      options.logger.warn(
        { topic: topic.name, table: table.name, memoryMs },
        'the table forgets insert tokens sooner than MILLRACE_SINK_TOKEN_TRUST: older claims are compared with it',
      );
    }
    trustMs = Math.min(options.tokenTrustMs, memoryMs);
  };

  const judgeDeletions = async (): Promise<void> => {
    const contract = await options.contracts.of(options.contract);
    const verdict = compileDeletions(contract, await tableOf(contract));
    keep({ verdict, untilMs: never, recheckMs: never });
  };

  const tableOf = async ({ warehouse }: WarehouseContract): Promise<DescribedTable> => {
    const table = await describeTable(clickhouse, warehouse.table);
    if (table) return table;
    throw new MillraceError(
      'sink.table-unfit',
      `table ${clickhouse.database}.${warehouse.table} does not exist`,
      { retryable: true },
    );
  };

  const judge = async (schemaId: number, signal: AbortSignal): Promise<void> => {
    const text = await schemaText(schemaId, signal);
    if (text === undefined) {
      const reason = `the registry does not know schema id ${schemaId}`;
      const verdict = { kind: 'unfit', schemaId, code: 'registry.unknown-schema', reason } as const;
      keep({ verdict, untilMs: clock.nowMs() + UNKNOWN_STANDS_MS, recheckMs: never });
      return;
    }
    const contract = await options.contracts.of(options.contract);
    const leftOut = leftOutFields(contract, text);
    if (leftOut.length > 0 && contract.warehouse.newFields === 'wait') {
      throw new MillraceError(
        'sink.fields-undeclared',
        `schema id ${schemaId} has ${leftOut.join(', ')}, and ${contract.id} does not`,
        { retryable: true },
      );
    }
    const table = await tableOf(contract);
    const verdict = compileLanding(contract, table, schemaId, text);
    await learnMemory(contract, table);
    const isBest = verdict.kind === 'landing' && leftOut.length === 0;
    const fields = { topic: topic.name, schemaId, fields: leftOut };
    if (leftOut.length > 0 && verdicts.get(schemaId) === undefined) {
      options.logger.warn(fields, 'fields that the contract does not know are left out');
    }
    keep({ verdict, untilMs: never, recheckMs: isBest ? never : clock.nowMs() + RECHECK_MS });
  };

  const resolve = (schemaId: number, signal: AbortSignal): Promise<void> => {
    const running = resolving.get(schemaId);
    if (running) return running;
    const judging = schemaId === DELETIONS ? judgeDeletions() : judge(schemaId, signal);
    const started = judging.finally(() => resolving.delete(schemaId));
    resolving.set(schemaId, started);
    return started;
  };

  /** Beside the stream: until it has an answer the known verdict stands, and so it does when it has none. */
  const recheck = (known: Verdict): void => {
    verdicts.set(known.verdict.schemaId, { ...known, recheckMs: clock.nowMs() + RECHECK_MS });
    resolve(known.verdict.schemaId, new AbortController().signal).catch(() => undefined);
  };

  return {
    tokenTrustMs: () => trustMs,
    peek: (schemaId) => {
      const known = verdicts.get(schemaId);
      if (known === undefined || known.untilMs <= clock.nowMs()) return undefined;
      if (known.recheckMs <= clock.nowMs()) recheck(known);
      return known.verdict;
    },
    resolve,
    forget: () => verdicts.clear(),
  };
}
