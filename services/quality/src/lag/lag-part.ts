/** The part that looks at consumer groups: its round, what is made of it, and its routes. */
import { MillraceError } from '@millrace/contracts';
import type { LagReport } from '@millrace/operations';
import type { FastifyInstance } from 'fastify';
import type { Part, PartContext } from '../part.ts';
import { createFlowReader, type FlowReader } from './flow/flow-reader.ts';
import { createKnownGroups } from './known-groups.ts';
import { createLagLog, type LagLog } from './lag-history.ts';
import { createLagReader, type LagReader } from './lag-reader.ts';
import { createLagWatcher } from './lag-watcher.ts';
import { createLagAlarm } from './raise-lag.ts';
import { readersOf, reportLag } from './report-lag.ts';
import { showLag } from './show-lag.ts';

export interface LagPart extends Part {
  readonly reader: LagReader;
}

const HOURS_MAX = 24 * 90;

const notYet = (): MillraceError =>
  new MillraceError(
    'operations.not-measured',
    'No round over the consumer groups has ended well yet.',
    { retryable: true },
  );

interface Answers {
  report(group: string | undefined): LagReport;
  readonly log: LagLog;
  readonly flow: FlowReader;
}

/** `/lag?group=`, `/lag/history?group=&topic=&hours=`, `/flow`. */
const registerRoutes = (server: FastifyInstance, { report, log, flow }: Answers): void => {
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
  server.get('/flow', viewer, async () => {
    const map = await flow();
    if (map === undefined) throw notYet();
    return map;
  });
};

export const createLagPart = (context: PartContext): LagPart => {
  const { config, clock, cluster, metrics, logger } = context;
  const known = createKnownGroups({
    ...{ contracts: context.project.contracts, sinkGroup: config.sinkGroup },
    ...{ secondsMax: config.lagSecondsMax / 1000, intervalMs: config.lagIntervalMs },
  });
  const log = createLagLog(context.history, context.clickhouse, config.lagHistoryMs);
  const alarm = createLagAlarm(context.board, known);
  let before: ReadonlySet<string> | undefined;
  let shownMs: number | undefined;
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
  };
  metrics.showLagBy(() => {
    const { seen, everyMs } = watcher;
    if (seen !== undefined && seen.atMs !== shownMs) showLag(seen, everyMs, metrics);
    shownMs = seen?.atMs;
  });
  const report = (group?: string): LagReport => {
    if (watcher.seen === undefined) throw notYet();
    return reportLag(watcher.seen, known, group);
  };

  const reader = createLagReader(
    () => watcher.seen,
    (sight) => reportLag(sight, known),
    (sight) => readersOf(sight, known),
  );
  const flow = createFlowReader(context, reader, known);

  return {
    reader,
    watches: [
      {
        name: 'lag',
        round,
        get everyMs() {
          return watcher.everyMs;
        },
      },
    ],
    register: (server) => registerRoutes(server, { report, log, flow }),
  };
};
