/** The sink service as it is deployed: default settings, unless `MILLRACE_SINK_…` stand around the command. */
import { rawTableDdl } from '@millrace/contracts';
import { startService, uniqueName } from '@millrace/testkit';
import type { Contestant } from './contestant.ts';

const given = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.startsWith('MILLRACE_SINK_')),
) as Record<string, string>;

export const millrace: Contestant = {
  name: 'millrace sink',
  table: (world) => world.contract.warehouse.table,
  prepare: (world, database) => database.execute(rawTableDdl(world.contract)),
  start: async (world, database) => {
    const service = await startService('sink', {
      MILLRACE_PROJECT: world.project,
      MILLRACE_KAFKA_BROKERS: world.endpoints.kafkaBrokers,
      MILLRACE_REGISTRY_URL: world.endpoints.registryUrl,
      MILLRACE_CLICKHOUSE_URL: database.url,
      MILLRACE_SINK_GROUP: uniqueName('bench'),
      ...given,
    });
    return {
      pid: service.pid,
      stop: async () => {
        await service.stop();
      },
    };
  },
};
