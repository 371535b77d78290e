import { createRegistryClient, type RegistryClient } from '@millrace/avro';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type Admin, createAdmin, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';

/**
 * The three servers that contracts are applied to, connected. PostgreSQL is not among them: a contract
 * never changes a source.
 */
export interface PlatformSystem {
  readonly kafka: Admin;
  readonly registry: RegistryClient;
  readonly clickhouse: ClickHouse;
  close(): Promise<void>;
}

export interface SystemAddresses extends KafkaSettings {
  readonly registryUrl: string;
  /** `http://user:password@host:port/database` */
  readonly clickhouseUrl: string;
}

/** A change of a column, or a migration, may read a whole table. */
const statementTimeoutMs = 3_600_000;

/** Clients of all three; `close` ends them. */
export const connectSystem = (addresses: SystemAddresses): PlatformSystem => {
  const kafka = createAdmin(kafkaConnection(addresses, 'millrace-contracts', silentLogger));
  const clickhouse = createClickHouse({
    url: addresses.clickhouseUrl,
    requestTimeoutMs: statementTimeoutMs,
  });
  return {
    kafka,
    registry: createRegistryClient({ url: addresses.registryUrl }),
    clickhouse,
    close: async () => {
      await Promise.all([kafka.close(), clickhouse.close()]);
    },
  };
};
