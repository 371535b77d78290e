/**
 * The rounds over all streams: where Kafka and the sink stand, what landed since, what waits; then what it means, told and written down. A
 * stream that cannot be looked at (its table is not there, say) does not keep the others from it; a server that is away ends the round.
 */
import { MillraceError } from '@millrace/contracts';
import { createDeadOffsetsReader } from '@millrace/reconcile';
import type { PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import { type Advance, type AdvanceOptions, advanceStream, planAdvance } from './advance-stream.ts';
import { auditExpiring } from './audit-expiring.ts';
import { type AuditOptions, auditStream, isAudited } from './audit-stream.ts';
import { createAuditTurns } from './audit-turns.ts';
import { createDeadOffsetsTail } from './dead-letters-of.ts';
import { createExpiry, tellsExpiry } from './expiry.ts';
import { readLandedFigures } from './landed-figures.ts';
import { readRejected, rejectedTableOf } from './read-history.ts';
import { createPositionReader } from './read-positions.ts';
import type { StreamHistory } from './stream-history.ts';
import type { WatchedStream } from './watched-stream.ts';

interface Round {
  readonly nowMs: number;
  readonly warehouseNowMs: number;
  readonly engines: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

/** A statement that the server reads in a moment, and 500 streams in twenty of them. */
const streamsPerStatement = 25;

export interface StreamWatches {
  readonly watches: readonly Watch[];
  /** The last whole round; null before the first. */
  readonly lookedAtMs: number | null;
  /**
   * Counts again what was counted of one stream (`isAudited`), by an audit that begins now, after one that is under way. Rejects with
   * `operations.not-measured` before the first count, and with `kafka.*` or `clickhouse.*`.
   */
  audit(stream: WatchedStream, onStep: AuditOptions['onStep']): Promise<void>;
}

/** Rounds between two writings. */
const roundsPerWriting = 4;
const rejectedEveryMs = 60_000;
/** A stream with rows missing or double is audited so often, so that a repair is seen. */
const repairSeenMs = 60_000;

export const watchStreams = (
  context: PartContext,
  streams: readonly WatchedStream[],
  history: StreamHistory,
  tell: () => void,
): StreamWatches => {
  const { admin, clickhouse, clock, cluster, config, connection, logger, reader, registry } =
    context;
  const positions = createPositionReader(cluster, admin, config.sinkGroup);
  const dead = createDeadOffsetsTail(reader);
  let isRestored = false;
  let round = 0;
  let rejectedMs = 0;
  let lookedAtMs: number | null = null;

  /** Runs what concerns one stream; a server that is away is everybody's trouble. */
  const guarded = async <T>(
    stream: WatchedStream,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      const result = await work();
      stream.trouble = null;
      return result;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (stream.trouble !== error.code)
        logger.warn({ err: error, contract: stream.contract.id }, 'a stream cannot be looked at');
      stream.trouble = error.code;
      if (error.code === 'clickhouse.unavailable' || error.code === 'kafka.unavailable')
        throw error;
      return undefined;
    }
  };

  /** All streams by a few statements; where one of them fails, its streams one by one. */
  const advance = async ({ nowMs, warehouseNowMs, engines, signal }: Round): Promise<void> => {
    const plans: { stream: WatchedStream; plan: Advance; options: AdvanceOptions }[] = [];
    let left = config.countOffsetsMax;
    for (let index = 0; index < streams.length && left > 0; index += 1) {
      // another one comes first each time, so that none starves behind a large one
      const stream = streams[(index + round) % streams.length]!;
      const hasParts = engines.get(stream.contract.warehouse.table)?.endsWith('MergeTree') === true;
      const surroundings = { clickhouse, connection, admin, dead, graceMs: config.countGraceMs };
      const options = { ...surroundings, nowMs, warehouseNowMs, hasParts };
      const plan = planAdvance(stream, options, left);
      if (plan !== undefined) plans.push({ stream, plan, options });
      else if (engines.has(stream.contract.warehouse.table)) stream.trouble = null;
      left -= plan?.offsets ?? 0;
    }
    for (let at = 0; at < plans.length; at += streamsPerStatement) {
      const some = plans.slice(at, at + streamsPerStatement);
      const landed = await readLandedFigures(
        clickhouse,
        some.map(({ plan }) => plan),
      ).catch((error: unknown) => {
        if (error instanceof MillraceError && error.retryable) throw error;
        return undefined;
      });
      for (const [index, { stream, plan, options }] of some.entries()) {
        signal.throwIfAborted();
        await guarded(stream, async () => {
          const [own] = landed?.slice(index) ?? (await readLandedFigures(clickhouse, [plan]));
          await advanceStream(stream, plan, own ?? new Map(), options);
        });
      }
    }
  };

  const readCounts = async (engines: ReadonlyMap<string, string>, nowMs: number): Promise<void> => {
    const table = rejectedTableOf(streams);
    if (table === undefined || !engines.has(table) || nowMs - rejectedMs < rejectedEveryMs) return;
    rejectedMs = nowMs;
    const rejected = await readRejected(clickhouse, table);
    for (const stream of streams) stream.rejected = rejected.get(stream.contract.id) ?? 0;
  };

  const look: Watch = {
    name: 'streams',
    everyMs: config.healthEveryMs,
    round: async (signal) => {
      if (!isRestored) await history.restore(streams, clock.nowMs());
      isRestored = true;
      const deadEnds = await positions.read(streams);
      const nowMs = clock.nowMs();
      const { warehouseNowMs, engines } = await readTables(context, streams);
      await dead.advance(deadEnds);
      await advance({ nowMs, warehouseNowMs, engines, signal });
      await positions.readWaiting(streams, nowMs);
      await readCounts(engines, nowMs);
      round += 1;
      lookedAtMs = nowMs;
      tell();
      if (round % roundsPerWriting === 0) history.write(streams, nowMs);
    },
  };

  const deadOf = async (topic: string) =>
    (await createDeadOffsetsReader(connection, admin)()).get(topic) ?? new Map();

  const turns = createAuditTurns<WatchedStream>();
  const auditNow = (stream: WatchedStream, onStep?: AuditOptions['onStep']): Promise<void> => {
    const asked = {
      ...{ clickhouse, connection, admin, deadOf },
      ...(onStep !== undefined && { onStep }),
    };
    const { contract } = stream;
    stream.auditedAtMs = clock.nowMs();
    return tellsExpiry(contract)
      ? auditExpiring(stream, createExpiry(contract, clickhouse, registry), asked)
      : auditStream(stream, asked);
  };

  const audit: Watch = {
    name: 'audit',
    everyMs: Math.min(config.auditEveryMs, 10_000),
    round: async (signal) => {
      const audited = streams.filter(isAudited);
      let isChanged = false;
      for (const [index, stream] of audited.entries()) {
        signal.throwIfAborted();
        if (stream.countedAtMs === null) continue;
        const nowMs = clock.nowMs();
        // the first ones are spread, so that a start does not scan every table
        stream.auditedAtMs ??= nowMs - (config.auditEveryMs * (index + 1)) / (audited.length + 1);
        const sinceMs = nowMs - stream.auditedAtMs;
        if (sinceMs < config.auditEveryMs && !(isWrong(stream) && sinceMs >= repairSeenMs))
          continue;
        isChanged = true;
        await guarded(stream, () => turns.shared(stream, () => auditNow(stream)));
      }
      if (isChanged) tell();
    },
  };

  return {
    watches: [look, audit],
    get lookedAtMs() {
      return lookedAtMs;
    },
    audit: async (stream, onStep) => {
      if (stream.countedAtMs === null)
        throw new MillraceError(
          'operations.not-measured',
          `${stream.contract.id} is not counted yet.`,
          {
            retryable: true,
          },
        );
      await turns.fresh(stream, () => auditNow(stream, onStep));
      tell();
    },
  };
};

const isWrong = ({ ledgers }: WatchedStream): boolean =>
  [...ledgers.values()].some(
    ({ missing, double, unlocated }) => missing.total + double.total + unlocated > 0,
  );

/** Engines of the tables that there are, and ClickHouse's own clock. */
const readTables = async ({ clickhouse }: PartContext, streams: readonly WatchedStream[]) => {
  const names = streams.map(({ contract }) => contract.warehouse.table);
  const rows = await clickhouse.query<{ name: string; engine: string; nowMs: string }>(
    `SELECT '' AS name, '' AS engine, toUnixTimestamp64Milli(now64(3)) AS nowMs UNION ALL
     SELECT name, engine, 0 FROM system.tables WHERE database = currentDatabase() AND name IN {names: Array(String)}`,
    { names },
  );
  return {
    warehouseNowMs: Number(rows.find(({ name }) => name === '')?.nowMs ?? 0),
    engines: new Map(rows.map(({ name, engine }) => [name, engine])),
  };
};
