/**
 * A partition as a consumer of committed records sees it, once it sees all that was committed: the broker answers
 * the end of a transaction before it has written the markers, and until then hides the transaction's records. Whoever
 * reads at once what was just committed would now and then miss the last of it.
 */
import type { ConsumedRecord } from '@millrace/kafka';
import { openReader } from './open-reader.ts';

export interface ReadCommittedOptions {
  /** 0 when left out. */
  readonly partition?: number;
  /** The first offset to read; 0 when left out. */
  readonly fromOffset?: number;
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
  { partition = 0, fromOffset = 0, patienceMs = patienceDefaultMs }: ReadCommittedOptions = {},
): Promise<readonly ConsumedRecord[]> {
  const { admin, reader } = openReader(kafkaBrokers);
  const offsets = async () =>
    (await admin.partitionOffsets(topic)).find((one) => one.partition === partition);
  let now = await offsets();
  const end = now?.high ?? 0;
  const deadlineMs = performance.now() + patienceMs;
  while ((now?.stable ?? 0) < end && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    now = await offsets();
  }
  const where = { topic, partition, fromOffset, isolation: 'read_committed' } as const;
  const records: ConsumedRecord[] = [];
  for await (const record of reader.read(where)) records.push(record);
  return records;
}
