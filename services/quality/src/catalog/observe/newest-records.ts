/** The newest records of a topic: when the last one came, and who sent those. Only headers and times are looked at. */
import type { Seen } from '@millrace/catalog';
import { cloudEventHeaders } from '@millrace/contracts';
import type { ConsumedRecord, PartitionReader } from '@millrace/kafka';

/** Records of a partition that are looked at. */
const RECORDS = 20;
/** Partitions of a topic that are looked at, the fullest first. */
const PARTITIONS = 6;
const AWAY_MS_MAX = 5000;

export interface NewestRecords {
  readonly lastMs: number | null;
  readonly producers: readonly Seen[];
}

/** As the lag part's reader tells it. */
export interface Ends {
  readonly low: Float64Array;
  readonly stable: Float64Array;
}

const senderOf = ({ headers }: ConsumedRecord): string | undefined =>
  headers[cloudEventHeaders.source]?.toString();

const readNewest = async (
  reader: PartitionReader,
  topic: string,
  partition: number,
  end: number,
): Promise<readonly ConsumedRecord[]> => {
  const records: ConsumedRecord[] = [];
  const reading = reader.read({
    ...{ topic, partition, fromOffset: Math.max(0, end - RECORDS), isolation: 'read_committed' },
    unavailableMaxMs: AWAY_MS_MAX,
  });
  for await (const record of reading) records.push(record);
  return records.slice(-RECORDS);
};

/** Rejects with `kafka.…`. */
export const readNewestRecords = async (
  reader: PartitionReader,
  topic: string,
  { low, stable }: Ends,
): Promise<NewestRecords> => {
  const filled = [...stable]
    .map((end, partition) => ({ partition, end, held: end - (low[partition] || 0) }))
    .filter(({ end, held }) => end > 0 && held !== 0)
    .sort((a, b) => b.held - a.held)
    .slice(0, PARTITIONS);
  const read = await Promise.all(
    filled.map(({ partition, end }) => readNewest(reader, topic, partition, end)),
  );
  const senders = new Map<string, number>();
  let lastMs: number | null = null;
  for (const record of read.flat()) {
    lastMs = Math.max(lastMs ?? 0, record.timestampMs);
    const sender = senderOf(record);
    if (sender !== undefined)
      senders.set(sender, Math.max(senders.get(sender) ?? 0, record.timestampMs));
  }
  const producers = [...senders].map(
    ([name, at]): Seen => ({ name, kind: 'producer', lastMs: at }),
  );
  return { lastMs, producers };
};
