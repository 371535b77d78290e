/** Debezium on Kafka Connect as a contestant: tuned, no tombstones. */
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { uniqueName } from '@millrace/testkit';
import { startDebezium } from '../../debezium/debezium.ts';
import type { Contestant, Endpoints, Workload } from './contestant.ts';
import { copyBaseSlot, dropSlot } from './orders.ts';

const snapshotModes: Readonly<Record<Workload, string>> = {
  snapshot: 'initial',
  stream: 'no_data',
  follow: 'no_data',
};

const adminOf = (endpoints: Endpoints) =>
  createAdmin({
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: 'bench',
    logger: silentLogger,
  });

/** `properties` are laid over the tuned profile. */
export const debezium = (properties: Readonly<Record<string, string>> = {}): Contestant => ({
  name: 'debezium',
  start: async (workload, database, endpoints) => {
    const slotName = uniqueName('bench').replaceAll('-', '_');
    const prefix = `peer.${slotName}`;
    const topic = `${prefix}.public.orders`;
    const admin = adminOf(endpoints);
    if (workload === 'stream') await copyBaseSlot(database, slotName);
    const worker = await startDebezium({ kafkaBrokers: endpoints.kafkaBrokers });
    const connector = await worker.connect({
      ...{ ...endpoints, postgresUrl: database.url, prefix },
      properties: {
        'table.include.list': 'public.orders',
        'slot.name': slotName,
        'publication.name': 'bench_pub',
        'publication.autocreate.mode': 'disabled',
        'snapshot.mode': snapshotModes[workload],
        'tombstones.on.delete': 'false',
        ...properties,
      },
    });
    if (workload === 'follow') await connector.streaming();
    return {
      pid: worker.pid,
      topic,
      recordCount: async () => {
        const offsets = await admin.partitionOffsets(topic).catch(() => []);
        return offsets.reduce((sum, { high }) => sum + high, 0);
      },
      finish: async () => {
        await worker.stop();
        await dropSlot(database, slotName);
        await admin.deleteTopics([topic]).catch(() => undefined);
        await admin.close();
      },
    };
  },
});
