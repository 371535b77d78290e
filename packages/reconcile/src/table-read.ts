/** Whether the rows that a captured table had when it joined are on Kafka, by what the capture remembers of it. */
import {
  capturedTablesFact,
  cdcStateTopic,
  MillraceError,
  snapshotFact,
} from '@millrace/contracts';
import { type KafkaConnection, readPartition } from '@millrace/kafka';

export interface CapturedTable {
  /** Name of the captured database. */
  readonly source: string;
  readonly schema: string;
  readonly table: string;
}

/**
 * False while it is not captured yet, while its snapshot is under way, and while a new capture takes the place of a lost one. True for
 * one that is captured without a snapshot. Rejects with `kafka.*`.
 */
export const isTableRead = async (
  connection: KafkaConnection,
  captured: CapturedTable,
): Promise<boolean> => {
  const snapshot = snapshotFact(captured);
  const facts = new Map<string, Buffer | null>();
  try {
    const records = readPartition(connection, {
      ...{ topic: cdcStateTopic(captured.source), partition: 0, fromOffset: 0 },
      isolation: 'read_committed',
    });
    for await (const { key, value } of records) {
      const name = `${key}`;
      if (name === capturedTablesFact || name === snapshot)
        facts.set(name, value === null ? null : Buffer.from(value));
    }
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'kafka.unknown-topic') return false;
    throw error;
  }
  const tables = parsed<readonly string[]>(facts.get(capturedTablesFact)) ?? [];
  // behind the name stands its oid
  const isCaptured = tables.some((one) => one.startsWith(`${nameOf(captured)} `));
  return isCaptured && parsed<{ status: string }>(facts.get(snapshot))?.status !== 'running';
};

const nameOf = ({ schema, table }: CapturedTable): string => `${schema}.${table}`;

const parsed = <T>(value: Buffer | null | undefined): T | undefined =>
  value == null ? undefined : (JSON.parse(value.toString('utf8')) as T);
