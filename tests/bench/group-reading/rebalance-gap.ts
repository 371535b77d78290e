/** How late records of partitions that stay with their member are while another one joins and leaves. */
import {
  createAdmin,
  createGroupConsumer,
  createProducer,
  type KafkaConnection,
} from '@millrace/kafka';
import { systemClock } from '@millrace/pipeline';
import { uniqueName } from '@millrace/testkit';
import { round } from '../spread.ts';

const PARTITIONS = 8;
const WRITE_EVERY_MS = 10;

export interface RebalanceGap {
  /** Of records first delivered in the phase to the member that stays, ms. */
  readonly phase: 'alone' | 'another joined' | 'another left';
  readonly medianMs: number;
  readonly worstMs: number;
}

export const measureRebalanceGap = async (
  connection: KafkaConnection,
): Promise<readonly RebalanceGap[]> => {
  const topic = uniqueName('bench-rebalance');
  const groupId = uniqueName('bench-rebalance');
  const admin = createAdmin(connection);
  await admin.createTopics([
    { name: topic, partitions: PARTITIONS, replicationFactor: 1, config: {} },
  ]);
  const producer = createProducer(connection);
  let isWriting = true;
  const write = async (): Promise<void> => {
    while (isWriting) {
      const value = Buffer.from(String(performance.now()));
      const records = [{ key: null, value }];
      await producer.send(
        Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, records })),
      );
      await systemClock.sleep(WRITE_EVERY_MS);
    }
  };
  /** Of the member that stays, by partition: records it had first, and how late each was. */
  const delivered = new Map<number, { nextOffset: number; latenessMs: number[] }>();
  const start = (isFirst: boolean) => {
    const owned = new Set<number>();
    const consumer = createGroupConsumer(connection, { groupId, topics: [topic] });
    const running = consumer.run({
      assigned: async () => undefined,
      revoked: () => undefined,
      batch({ partition, records }) {
        owned.add(partition);
        if (!isFirst) return;
        const seen = delivered.get(partition) ?? { nextOffset: 0, latenessMs: [] };
        delivered.set(partition, seen);
        for (const { offset, value } of records) {
          // Read again after an interruption: it was in time before.
          if (offset < seen.nextOffset) continue;
          seen.nextOffset = offset + 1;
          seen.latenessMs.push(performance.now() - Number(value));
        }
      },
    });
    return { owned, close: () => consumer.close().then(() => running) };
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await systemClock.sleep(20);
  };
  const gaps: RebalanceGap[] = [];
  let second: ReturnType<typeof start> | undefined;
  const phase = async (name: RebalanceGap['phase'], change: () => Promise<unknown>) => {
    for (const seen of delivered.values()) seen.latenessMs.length = 0;
    await change();
    await systemClock.sleep(2_000);
    const staying = [...delivered].filter(([partition]) => !second?.owned.has(partition));
    const lateness = staying.flatMap(([, one]) => one.latenessMs).sort((a, b) => a - b);
    gaps.push({
      ...{ phase: name, medianMs: round(lateness[Math.floor(lateness.length / 2)]!) },
      worstMs: round(lateness.at(-1)!),
    });
  };

  const writing = write();
  const first = start(true);
  await until(() => first.owned.size === PARTITIONS);
  await phase('alone', async () => undefined);
  await phase('another joined', async () => {
    const joining = start(false);
    second = joining;
    await until(() => joining.owned.size === PARTITIONS / 2);
  });
  await phase('another left', async () => {
    await second!.close();
    await systemClock.sleep(1_000);
  });
  isWriting = false;
  await writing;
  await first.close();
  await producer.close();
  await admin.deleteTopics([topic]);
  await admin.close();
  return gaps;
};
