/** The part that looks at consumer groups: its round, what is made of it, and its routes. */
import { MillraceError } from '@millrace/contracts';
import { createClusterWatch } from '@millrace/kafka';
import type { LagReport } from '@millrace/operations';
import type { FastifyInstance } from 'fastify';
import type { Part, PartContext } from '../part.ts';
import { createKnownGroups } from './known-groups.ts';
import { createLagLog, type LagLog } from './lag-history.ts';
import { createLagWatcher, type LagSight } from './lag-watcher.ts';
import { createLagAlarm } from './raise-lag.ts';
import { reportLag } from './report-lag.ts';
import { showLag } from './show-lag.ts';

/** What other parts may ask of it; undefined before the first round has ended well. */
export interface LagReader {
  report(): LagReport | undefined;
  /** Offsets by partition, as of the last round; `low` and `high` are half a minute old at most. NaN: not known. */
  ends(topic: string): TopicEnds | undefined;
  /** Offsets that a topic grew by, each second of the last minute; markers of transactions count. */
  perSecond(topic: string): number | null;
}

export interface TopicEnds {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** For readers of committed records. */
  readonly stable: Float64Array;
}

export interface LagPart extends Part {
  readonly reader: LagReader;
}

const RATE_SPAN_MS = 60_000;
const HOURS_MAX = 24 * 90;

const notYet = (): MillraceError =>
  new MillraceError(
    'operations.not-measured',
    'No round over the consumer groups has ended well yet.',
    { retryable: true },
  );

const readerOf = (seen: () => LagSight | undefined, report: (sight: LagSight) => LagReport) => ({
  report: () => {
    const sight = seen();
    return sight === undefined ? undefined : report(sight);
  },
  ends: (topic: string) => {
    const sight = seen();
    const place = sight?.layout.topics.get(topic);
    if (sight === undefined || place === undefined) return undefined;
    const of = (column: Float64Array) =>
      column.subarray(place.first, place.first + place.partitions);
    return { low: of(sight.lows), high: of(sight.highs), stable: of(sight.samples.now) };
  },
  perSecond: (topic: string) => {
    const sight = seen();
    const place = sight?.layout.topics.get(topic);
    if (sight === undefined || place === undefined) return null;
    return sight.samples.perSecond(place.first, place.partitions, RATE_SPAN_MS);
  },
});

/** `?group=` and `?topic=&hours=`. */
const registerRoutes = (
  server: FastifyInstance,
  report: (group: string | undefined) => LagReport,
  log: LagLog,
): void => {
  const viewer = { config: { role: 'viewer' } } as const;
  server.get<{ Querystring: { group?: string } }>('/lag', viewer, async ({ query }) => {
    const found = report(query.group);
    if (query.group !== undefined && found.groups.length === 0)
      throw new MillraceError('operations.unknown', `There is no group ${query.group}.`);
    return found;
  });
  server.get<{ Querystring: { group?: string; topic?: string; hours?: string } }>(
    '/lag/history',
    viewer,
    ({ query: { group, topic, hours = '24' } }) => {
      if (group === undefined || group === '')
        throw new MillraceError('operations.request-invalid', 'group is missing.');
      const span = Number(hours);
      if (!(span > 0 && span <= HOURS_MAX))
        throw new MillraceError(
          'operations.request-invalid',
          `hours must be above 0 and at most ${HOURS_MAX}.`,
        );
      return log.read(group, topic, span);
    },
  );
};

/** Opens a connection of its own to each broker, with the first round. */
export const createLagPart = (context: PartContext): LagPart => {
  const { config, clock, metrics, logger } = context;
  const cluster = createClusterWatch({ ...context.connection, clientId: 'millrace-quality-lag' });
  const known = createKnownGroups({
    ...{ contracts: context.project.contracts, sinkGroup: config.sinkGroup },
    ...{ secondsMax: config.lagSecondsMax / 1000, intervalMs: config.lagIntervalMs },
  });
  const log = createLagLog(context.history, context.clickhouse);
  const alarm = createLagAlarm(context.board, known);
  let before: ReadonlySet<string> | undefined;
  const watcher = createLagWatcher({
    ...{ cluster, clock, intervalMs: config.lagIntervalMs, windowMs: config.lagWindowMs },
    ...{ cpuPermille: config.lagCpuPermille, recordsReadMax: config.lagRecordsReadMax },
    wasAlive: (groupId) => known.service(groupId) !== null || before?.has(groupId) === true,
  });

  const round = async (): Promise<void> => {
    // what was alive before the service began: without ClickHouse nothing is known of that
    before ??= await log.alive().catch((error: unknown) => {
      logger.info({ err: error }, 'which groups were alive before is not known');
      return new Set<string>();
    });
    await watcher.round();
    const { seen } = watcher;
    if (seen === undefined) return;
    alarm.raise(seen);
    log.append(seen);
    showLag(seen, watcher.everyMs, metrics);
  };
  const report = (group?: string): LagReport => {
    if (watcher.seen === undefined) throw notYet();
    return reportLag(watcher.seen, known, group);
  };

  return {
    reader: readerOf(
      () => watcher.seen,
      (sight) => reportLag(sight, known),
    ),
    watches: [
      {
        name: 'lag',
        round,
        get everyMs() {
          return watcher.everyMs;
        },
      },
    ],
    register: (server) => registerRoutes(server, report, log),
    close: async () => cluster.close(),
  };
};
