/**
 * Whether streams arrive: in time (freshness against the contract, error budget), all of them and once (counts by offsets, an audit of what was
 * counted), as their source has them (dimensions by hash), and whether the way is open when nobody sends (the canary). Each look is a file here.
 */
import { hasWarehouse, MillraceError } from '@millrace/contracts';
import { gravest, type HealthReport } from '@millrace/operations';
import type { FastifyInstance } from 'fastify';
import type { Part, PartContext } from '../part.ts';
import { createCanary } from './canary.ts';
import { checkRoutes, createChecks } from './check-routes.ts';
import { judgeStream } from './judge-stream.ts';
import { matchDimensions } from './match-dimensions.ts';
import { historyHoursMax, readHealthHistory, rejectedTableOf } from './read-history.ts';
import { showStream } from './show-stream.ts';
import { createStreamHistory } from './stream-history.ts';
import { watchStreams } from './watch-streams.ts';
import { createWatchedStream, newLedger, type WatchedStream } from './watched-stream.ts';

/** What other parts may ask: the catalog and the alerts show it. */
export interface HealthReader {
  report(): HealthReport;
}

export interface HealthPart extends Part {
  readonly health: HealthReader;
}

const hoursOf = (text: string | undefined): number => {
  const hours = Number(text ?? 24);
  if (Number.isInteger(hours) && hours >= 1 && hours <= historyHoursMax) return hours;
  throw new MillraceError(
    'operations.request-invalid',
    `hours is a whole number from 1 to ${historyHoursMax}.`,
  );
};

export const createHealthPart = (context: PartContext): HealthPart => {
  const { board, clickhouse, clock, config, project } = context;
  const { metrics } = context;
  const streams = project.contracts.filter(hasWarehouse).map(createWatchedStream);
  const history = createStreamHistory(context.history, clickhouse);
  const lateShare = config.latePerMillion / 1e6;
  const judge = (stream: WatchedStream) => judgeStream(stream, clock.nowMs(), lateShare);

  const tell = (): void => {
    const judged = streams.map(judge);
    const open = judged.flatMap(({ conditions }) => conditions);
    for (const condition of open) board.raise(condition);
    const keys = new Set(open.map(({ key }) => key));
    for (const kind of ['freshness:', 'budget:', 'rows-missing:', 'rows-double:', 'dimension:'])
      board.keepOnly(kind, keys);
    for (const { health } of judged) showStream(metrics, health);
  };
  const watched = watchStreams(context, streams, history, tell);
  const dimensions = matchDimensions(context, streams, (stream, match) => {
    stream.dimension = match;
    history.writeDimension(stream.contract.id, match);
    tell();
  });
  const canary = createCanary(context);
  const healthOf = (stream: WatchedStream) => judge(stream).health;
  const checks = createChecks(context, { watched, dimensions, healthOf });

  const report = (): HealthReport => {
    const all = streams.map((stream) => judge(stream).health);
    const states = [...all.map(({ condition }) => condition), canary?.report.condition ?? 'ok'];
    return {
      atMs: watched.lookedAtMs ?? clock.nowMs(),
      condition: gravest(watched.lookedAtMs === null ? [...states, 'unknown'] : states),
      streams: all,
      canary: canary?.report ?? null,
    };
  };
  const streamOf = (id: string): WatchedStream => {
    const found = streams.find(({ contract }) => contract.id === id);
    if (found !== undefined) return found;
    throw new MillraceError('operations.unknown', `No contract with a table is called ${id}.`);
  };

  return {
    health: { report },
    watches: [
      ...watched.watches,
      ...(dimensions ? [dimensions.watch] : []),
      ...(canary ? [canary.watch] : []),
    ],
    register: (server: FastifyInstance) => {
      server.get('/streams', { config: { role: 'viewer' } }, () => report());
      checkRoutes(server, context, checks, streamOf);
      server.get<{ Params: { id: string }; Querystring: { hours?: string } }>(
        '/streams/:id/history',
        { config: { role: 'viewer' } },
        ({ params, query }) => {
          const stream = streamOf(params.id);
          const rejected =
            stream.contract.source.kind === 'event' ? rejectedTableOf(streams) : undefined;
          return readHealthHistory(
            clickhouse,
            stream,
            rejected,
            clock.nowMs(),
            hoursOf(query.hours),
          );
        },
      );
      server.post<{ Params: { id: string } }>(
        '/streams/:id/recount',
        { config: { role: 'operator' } },
        (request) => {
          const stream = streamOf(request.params.id);
          const what = { action: 'recount stream', subject: stream.contract.id };
          return context.audit.action(request, what, async () => {
            recount(stream);
            tell();
            return judge(stream).health;
          });
        },
      );
    },
    close: async () => {
      await checks.settled();
      history.write(streams, clock.nowMs());
    },
  };
};

/** The table as it is now is what counting begins from. */
const recount = (stream: WatchedStream): void => {
  for (const [partition, { done }] of stream.ledgers)
    stream.ledgers.set(partition, newLedger(done));
  stream.suspectSinceMs.clear();
  stream.hasLedgerChanged = true;
};
