import type { KafkaConnection } from '../connection.ts';
import { createGroupConsumer } from '../group/create-group-consumer.ts';
import type {
  AssignedPartition,
  GroupAssignment,
  GroupConsumerOptions,
  GroupHandlers,
} from '../group-consumer.ts';
import type { ConsumedBatch } from '../records.ts';
import { closedAfterTest, testConnection } from './test-kafka.ts';

export interface TestMember extends ReturnType<typeof createGroupConsumer> {
  readonly delivered: ConsumedBatch[];
  readonly assignments: (GroupAssignment & {
    /** Where what was added stands. */
    readonly partitions: readonly AssignedPartition[];
  })[];
  readonly running: Promise<void>;
  /** Partitions that it was assigned and that were not revoked, by number. */
  readonly owned: Set<number>;
  /** Of the last assignment. */
  term(): number;
  values(partition?: number): string[];
}

/** A running member that remembers everything it was given. */
export const startMember = (
  options: Partial<GroupConsumerOptions> & Pick<GroupConsumerOptions, 'groupId' | 'topics'>,
  handlers: Partial<GroupHandlers> = {},
  connection: KafkaConnection = testConnection(),
): TestMember => {
  const consumer = createGroupConsumer(connection, options);
  const delivered: TestMember['delivered'] = [];
  const assignments: TestMember['assignments'] = [];
  const owned = new Set<number>();
  const running = consumer.run({
    async assigned(assignment) {
      const starts = await handlers.assigned?.(assignment);
      const partitions = await assignment.positions();
      for (const { partition } of assignment.added) owned.add(partition);
      assignments.push({ ...assignment, partitions });
      return starts;
    },
    revoked(partitions) {
      for (const { partition } of partitions) owned.delete(partition);
      handlers.revoked?.(partitions);
    },
    batch(batch) {
      handlers.batch?.(batch);
      delivered.push(batch);
    },
  });
  running.catch(() => undefined);
  return closedAfterTest({
    ...consumer,
    delivered,
    assignments,
    running,
    owned,
    term: () => assignments.at(-1)!.term,
    values: (partition) =>
      delivered
        .filter((batch) => partition === undefined || batch.partition === partition)
        .flatMap((batch) => Array.from(batch.records, (record) => String(record.value))),
  });
};
