/**
 * Where the sink's dead letters go: the records' exact bytes, with Kafka Connect's error headers, in one
 * transaction with the offset behind their range. The transactional id is the partition's own, and it is
 * opened before the claim that needs it is committed: so whoever finds such a claim later and opens it
 * again shuts the former owner out, and each dead letter is written once.
 */
import {
  deadLetterHeaders,
  deadRefusedAgainTopic,
  deadTopic,
  redriveHeaders,
} from '@millrace/contracts';
import {
  type ConsumedRecord,
  createTransactionalProducer,
  type KafkaConnection,
  type OutgoingRecord,
  type RecordHeaders,
  type TransactionalProducer,
} from '@millrace/kafka';
import type { DeadRecord, LaneIdentity } from './lanes/range.ts';

export const deadLetterTopic = deadTopic('sink');

/** What a person sees as the stage in a dead letter. */
const STAGE = 'sink';

/** After it the broker aborts what a dead process left open. */
const TRANSACTION_TIMEOUT_MS = 30_000;

type Partition = Pick<LaneIdentity, 'topic' | 'partition'>;

export interface DeadLetterOutput {
  /** Takes the partition's transactional id over from whoever held it. */
  open(partition: Partition): Promise<void>;
  /** Writes dead letters and commits the partition's offset, both or neither. */
  send(
    partition: Partition,
    dead: readonly DeadRecord[],
    position: { readonly offset: number; readonly metadata: string },
  ): Promise<void>;
  /** Lets go of a partition that is owned no more. */
  release(partition: Partition): Promise<void>;
  close(): Promise<void>;
}

const keyOf = ({ topic, partition }: Partition): string => `${topic}.${partition}`;

export interface DeadLetterOptions {
  /** Records that have a letter already: their offset is committed without another. */
  readonly isKnown?: ((topic: string, partition: number, offset: number) => boolean) | undefined;
  /** Id of the redrive that lands records again: what is refused is told to it alone. */
  readonly redrive?: string;
}

/** One output of one group; see `DeadLetterOutput`. */
export function createDeadLetterOutput(
  connection: KafkaConnection,
  groupId: string,
  { isKnown, redrive }: DeadLetterOptions = {},
): DeadLetterOutput {
  const target = redrive === undefined ? deadLetterTopic : deadRefusedAgainTopic;
  const told: RecordHeaders = redrive === undefined ? {} : { [redriveHeaders.id]: redrive };
  const producers = new Map<string, TransactionalProducer>();

  const release = async (partition: Partition): Promise<void> => {
    const producer = producers.get(keyOf(partition));
    producers.delete(keyOf(partition));
    await producer?.close();
  };

  const open = async (partition: Partition): Promise<TransactionalProducer> => {
    const known = producers.get(keyOf(partition));
    if (known) return known;
    const producer = createTransactionalProducer(connection, {
      transactionalId: `${groupId}.${keyOf(partition)}`,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      reach: { topics: [target], groups: [groupId] },
    });
    producers.set(keyOf(partition), producer);
    // now, and not with the first dead letter: before positions are read
    await producer.fence();
    return producer;
  };

  return {
    open: async (partition) => {
      await open(partition);
    },
    send: async (partition, dead, position) => {
      const producer = await open(partition);
      const partitions = await producer.partitionCount(target);
      const { topic, partition: number } = partition;
      const fresh = dead.filter(({ record }) => !isKnown?.(topic, number, record.offset));
      const records = fresh.map((one) => {
        const letter = deadLetterRecord(partition, one);
        return { ...letter, headers: { ...letter.headers, ...told } };
      });
      await producer.transaction(async (transaction) => {
        const letters = { topic: target, partition: number % partitions, records };
        if (records.length > 0) await transaction.send([letters]);
        await transaction.sendOffsets(groupId, [{ topic, partition: number, ...position }]);
      });
    },
    release,
    close: async () => {
      await Promise.all([...producers.values()].map((producer) => producer.close()));
      producers.clear();
    },
  };
}

/** Key, value and headers as they came, and where and why beside them. */
export function deadLetterRecord(
  { topic, partition }: Partition,
  { record, code, reason }: DeadRecord,
): OutgoingRecord {
  return {
    key: record.key,
    value: record.value,
    headers: { ...record.headers, ...errorHeaders(topic, partition, record, code, reason) },
  };
}

const errorHeaders = (
  topic: string,
  partition: number,
  record: ConsumedRecord,
  code: string,
  reason: string,
): RecordHeaders => ({
  [deadLetterHeaders.topic]: topic,
  [deadLetterHeaders.partition]: String(partition),
  [deadLetterHeaders.offset]: String(record.offset),
  [deadLetterHeaders.stage]: STAGE,
  [deadLetterHeaders.exceptionClass]: code,
  [deadLetterHeaders.exceptionMessage]: reason,
});
