/**
 * A partition as a consumer of committed records sees it, once it sees all that was committed: the broker answers
 * the end of a transaction before it has written the markers, and until then hides the transaction's records. Whoever
 * reads at once what was just committed would now and then miss the last of it.
 */
import { type ConsumedRecord, createAdmin, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';

export interface ReadCommittedOptions {
  /** 0 when left out. */
  readonly partition?: number;
  /**
   * How long to wait for transactions that are under way at the call, ms; 30 s when left out. 0 where one was left
   * open by a process that was killed, and nobody is there to end it.
   */
  readonly patienceMs?: number;
}

const patienceDefaultMs = 30_000;
const lookAgainMs = 10;

/** @param kafkaBrokers `host:port`, comma-separated */
export async function readCommitted(
  kafkaBrokers: string,
  topic: string,
  { partition = 0, patienceMs = patienceDefaultMs }: ReadCommittedOptions = {},
): Promise<readonly ConsumedRecord[]> {
  const connection = {
    ...{ brokers: kafkaBrokers.split(','), clientId: 'testkit', logger: silentLogger },
  };
  const admin = createAdmin(connection);
  const offsets = async () =>
    (await admin.partitionOffsets(topic)).find((one) => one.partition === partition);
  try {
    const end = (await offsets())?.high ?? 0;
    const deadlineMs = performance.now() + patienceMs;
    while (((await offsets())?.stable ?? 0) < end && performance.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  } finally {
    await admin.close();
  }
  const where = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
  const records: ConsumedRecord[] = [];
  for await (const record of readPartition(connection, where)) records.push(record);
  return records;
}
