/**
 * Dimensions against their source tables, row by row, while both change: packages/reconcile does it in one snapshot of PostgreSQL that takes no
 * lock, waits for the warehouse to have that moment, and holds a row for wrong only when it differs twice. One table after the other.
 */
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { DimensionMatch } from '@millrace/operations';
import { type DimensionStep, verifyDimension } from '@millrace/reconcile';
import type { PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import { type ComparisonOutcome, createComparisonTurns, lookEveryMs } from './comparison-turns.ts';
import type { WatchedStream } from './watched-stream.ts';

/** How long the warehouse may take to come to the moment of the snapshot, ms. */
const waitMs = 60_000;

/** True for a captured table whose view shows it as it stands now. */
export const isComparable = (
  { warehouse, source }: WarehouseContract,
  cdcSource: string | undefined,
): boolean =>
  warehouse.role === 'dimension' &&
  source.kind === 'change' &&
  (cdcSource === undefined || source.source === cdcSource);

type OnStep = (step: DimensionStep) => void;

export interface DimensionMatching {
  readonly watch: Watch;
  /** One of them now. Rejects with `verify.*`, `kafka.*` and `clickhouse.*`. */
  match(stream: WatchedStream, signal: AbortSignal, onStep: OnStep): Promise<void>;
}

/** Undefined where no table can be compared. A round that could not compare some rejects with the first reason, after the others. */
export const matchDimensions = (
  context: PartContext,
  streams: readonly WatchedStream[],
  onMatch: (stream: WatchedStream, match: DimensionMatch) => void,
): DimensionMatching | undefined => {
  const { config, clock } = context;
  const { postgresUrl } = config;
  const compared = streams.filter(({ contract }) => isComparable(contract, config.cdcSource));
  if (postgresUrl === undefined || compared.length === 0) return undefined;

  const compare = async (
    contract: WarehouseContract,
    clickhouse: ClickHouse,
    signal: AbortSignal,
    onStep: OnStep = () => undefined,
  ): Promise<DimensionMatch> => {
    const { connection, admin } = context;
    const verdict = await verifyDimension({
      ...{ contract, postgresUrl, clickhouse, signal, onStep, showValues: false },
      catchUp: { connection, admin, group: config.sinkGroup, waitMs, clock },
      statementTimeoutMs: config.dimensionStatementMaxMs,
    });
    const wrong = (kind: string) => verdict.wrong.filter((one) => one.kind === kind).length;
    return {
      comparedAtMs: clock.nowMs(),
      rows: verdict.sourceRows,
      ...{ missing: wrong('missing'), surplus: wrong('extra'), different: wrong('different') },
    };
  };

  /** With a connection of its own: sums over a whole table take longer than a page may. */
  const connected = async (
    signal: AbortSignal,
    work: (clickhouse: ClickHouse) => Promise<void>,
  ): Promise<void> => {
    const requestTimeoutMs = config.dimensionStatementMaxMs;
    const clickhouse = createClickHouse({ url: config.clickhouseUrl, requestTimeoutMs });
    const close = () => void clickhouse.close().catch(() => undefined);
    signal.addEventListener('abort', close, { once: true });
    try {
      await work(clickhouse);
    } catch (error) {
      throw asCoded(error);
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  };

  const turns = createComparisonTurns<WatchedStream>(config.dimensionsEveryMs, clock);
  const takeTurns = async (
    due: readonly WatchedStream[],
    clickhouse: ClickHouse,
    signal: AbortSignal,
  ): Promise<void> => {
    let failure: unknown;
    for (const stream of due) {
      signal.throwIfAborted();
      const begunMs = clock.nowMs();
      let outcome: ComparisonOutcome = 'right';
      try {
        const match = await compare(stream.contract, clickhouse, signal);
        if (match.missing + match.surplus + match.different > 0) outcome = 'wrong';
        onMatch(stream, match);
      } catch (error) {
        failure ??= error;
        const isLate = error instanceof MillraceError && error.code === 'verify.sink-behind';
        outcome = isLate ? 'late' : 'failed';
      }
      turns.ended(stream, outcome, clock.nowMs() - begunMs);
    }
    if (failure !== undefined) throw failure;
  };

  return {
    match: (stream, signal, onStep) =>
      connected(signal, async (clickhouse) =>
        onMatch(stream, await compare(stream.contract, clickhouse, signal, onStep)),
      ),
    watch: {
      name: 'dimensions',
      everyMs: lookEveryMs(config.dimensionsEveryMs),
      round: async (signal) => {
        const due = compared.filter(turns.isDue);
        if (due.length > 0)
          await connected(signal, (clickhouse) => takeTurns(due, clickhouse, signal));
      },
    },
  };
};

/** PostgreSQL's own errors as one of the platform's, so that a round tells what was away. */
const asCoded = (error: unknown): MillraceError =>
  error instanceof MillraceError
    ? error
    : new MillraceError(
        'verify.source-failed',
        `PostgreSQL did not answer the comparison: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error, retryable: true },
      );
