/** Which of the records that may be on a topic are: what the window would know them by, read back. It writes nothing. */
import {
  type Admin,
  type KafkaConnection,
  type OutgoingRecord,
  readPartition,
} from '@millrace/kafka';
import { claimOfRecord } from '../window/claim-of.ts';
import type { SpoolFrame } from './spool-frame.ts';
import type { SpoolManifest } from './spool-manifest.ts';
import { expectNothingHidden } from './spool-position.ts';

export interface WrittenClaimsOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  /** How many records of the topic's end are looked through where a frame does not say from where. */
  readonly tailRecords: number;
  readonly claimOf: ClaimOf;
}

/** What an event is known by; every record of a spool has an id. */
export type ClaimOf = (record: OutgoingRecord) => string;

/** A record as the spool gives it back: its headers are bytes. */
export const claimOfSpooled = (
  { headers }: OutgoingRecord,
  { hasIdentity, source }: Pick<SpoolManifest, 'hasIdentity' | 'source'>,
): string => claimOfRecord((headers ?? {}) as Record<string, Buffer>, hasIdentity, source) ?? '';

/**
 * The claims of the frames' records that stand on the topic, committed. Those of an aborted drain do not count: their
 * records are still in the spool.
 */
export const readWrittenClaims = async (
  { connection, admin, tailRecords, claimOf }: WrittenClaimsOptions,
  topic: string,
  frames: readonly SpoolFrame[],
): Promise<ReadonlySet<string>> => {
  const wanted = new Set<string>();
  const from = new Map<number, number>();
  await expectNothingHidden(admin, topic);
  const ends = new Map((await admin.partitionOffsets(topic)).map((one) => [one.partition, one]));
  const perPartition = Math.ceil(tailRecords / Math.max(1, ends.size));
  const readFrom = (partition: number, offset: number) =>
    from.set(partition, Math.min(offset, from.get(partition) ?? offset));
  for (const { partition, records, compareFrom = -1 } of frames) {
    for (const record of records) wanted.add(claimOf(record));
    const low = ends.get(partition)?.low ?? 0;
    if (compareFrom >= 0) readFrom(partition, Math.max(low, compareFrom));
    // An event without a key may have gone to any partition when it was sent the first time.
    else
      for (const { partition: any, low: start, high } of ends.values())
        readFrom(any, Math.max(start, high - perPartition));
  }
  const written = new Set<string>();
  for (const [partition, fromOffset] of from) {
    const where = { topic, partition, fromOffset, isolation: 'read_committed' } as const;
    for await (const { headers } of readPartition(connection, where)) {
      const claim = claimOf({ key: null, value: null, headers });
      if (wanted.has(claim)) written.add(claim);
    }
  }
  return written;
};
