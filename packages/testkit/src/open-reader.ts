/**
 * Connections by which a test looks at a cluster again and again: one set for each cluster, open until the test's process ends. A
 * connection for every look costs a poll more than the reading does. Not for tests of the client itself.
 */
import {
  type Admin,
  createAdmin,
  createPartitionReader,
  type PartitionReader,
} from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';

export interface OpenReader {
  readonly admin: Admin;
  readonly reader: PartitionReader;
}

const opened = new Map<string, OpenReader>();

/** Nobody closes them. @param kafkaBrokers `host:port`, comma-separated */
export const openReader = (kafkaBrokers: string): OpenReader => {
  const known = opened.get(kafkaBrokers);
  if (known !== undefined) return known;
  const connection = {
    ...{ brokers: kafkaBrokers.split(','), clientId: 'testkit', logger: silentLogger },
  };
  const fresh = { admin: createAdmin(connection), reader: createPartitionReader(connection) };
  opened.set(kafkaBrokers, fresh);
  return fresh;
};
