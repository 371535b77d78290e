/** The part of the service that checks quality rules: what it is made of, and its rounds. */
import { followGates, openGateWriter } from '@millrace/gate';
import type { Part, PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import { createGateKeeper } from './gate-keeper.ts';
import { datasetEvents } from './lineage/dataset-event.ts';
import { openLineageTargets } from './lineage/lineage-target.ts';
import type { LineagePlaces } from './lineage/run-event.ts';
import { tellDatasets } from './lineage/tell-datasets.ts';
import { createTopicFollower } from './live/follow-topics.ts';
import { createLiveRules } from './live/live-watch.ts';
import { createSampling } from './live/sampling.ts';
import { createLookAtTable } from './look-at-table.ts';
import { createResultStore } from './result-store.ts';
import { registerQualityRoutes } from './routes.ts';
import { createRuleBoard } from './rule-board.ts';
import { createSendResults } from './send-results.ts';
import { createSettleResults } from './settle-results.ts';
import { askLimits, createAsk } from './table-source.ts';
import { createNewRowsWatch, createScheduledWatch } from './table-watches.ts';

const placesOf = ({ config, clickhouse }: PartContext): LineagePlaces => ({
  warehouse: `clickhouse://${new URL(config.clickhouseUrl).host}`,
  database: clickhouse.database,
  kafka: `kafka://${config.kafkaBrokers[0] ?? ''}`,
});

/** What results before the start were, once ClickHouse has told. */
const loadOnce = (load: () => Promise<void>) => {
  let loading: Promise<void> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
};

export const createRulesPart = (context: PartContext): Part => {
  const { config, connection, admin, clickhouse, registry, board, metrics, clock, logger } =
    context;
  const { signal, outputs } = context;
  const contracts = context.project.contracts;
  const store = createResultStore(context.history, clickhouse);
  const rules = createRuleBoard(contracts, clock.nowMs);
  const gates = followGates({ connection, admin, clock, logger, signal });
  const writer = openGateWriter(connection, admin);
  const keeper = createGateKeeper({ contracts, gates, writer, board, clock, logger });
  const targets = openLineageTargets(config, connection, admin);
  const startedMs = clock.nowMs();
  const told = contracts.flatMap((one) => datasetEvents(one, placesOf(context), startedMs));
  const sending = createSendResults({ outputs, places: placesOf(context), targets, metrics });
  const settle = createSettleResults({
    ...{ store, rules, board, metrics, shut: keeper.shut, send: sending.send },
  });
  const ask = createAsk(clickhouse, askLimits(config));
  const look = createLookAtTable({
    ...{ ask, isThere: () => clickhouse.ping(), store, settle, metrics, clock, logger },
  });
  const loaded = loadOnce(async () => {
    for (const result of await store.newest(clock.nowMs())) rules.put(result);
  });
  const tables = { config, contracts, clickhouse, rules, look, clock, loaded };
  const live = createLiveRules({
    ...{ contracts, registry, store, settle, metrics, clock, windowMs: config.liveWindowMs },
    sampling: createSampling(config.liveRate),
  });
  const follower = createTopicFollower({
    ...{ connection, admin, logger, look: live.look },
    waitMs: Math.min(2_000, config.liveWindowMs / 20),
  });
  const telling: Watch = { name: 'stream-gates', everyMs: 2_000, round: async () => keeper.tell() };

  return {
    watches: [
      createScheduledWatch(tables),
      createNewRowsWatch(tables),
      ...(config.live && live.contracts.length > 0 ? [live.watch(follower)] : []),
      ...sending.watches,
      ...tellDatasets(targets, told, logger),
      telling,
    ],
    register: (server) =>
      registerQualityRoutes(server, {
        ...{ contracts, rules, store, look, keeper, nowMs: clock.nowMs },
        audit: context.audit,
      }),
    close: async () => {
      await follower.close();
      for (const target of targets) await target.close();
      await writer.close();
    },
  };
};
