import { createRegistryClient, type RegistryClient } from '@millrace/avro';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type Admin, createAdmin, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { type RetryNotice, silentLogger, systemClock } from '@millrace/pipeline';
import { createPatientRegistry } from './patient-registry.ts';

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

/**
 * Clients of all three; `close` ends them.
 * @param waiting told once, with why, when the registry does not answer and is asked again
 */
export const connectSystem = (
  addresses: SystemAddresses,
  waiting: (why: string) => void = () => undefined,
): PlatformSystem => {
  let isTold = false;
  const tell = ({ error }: RetryNotice): void => {
    if (!isTold) waiting(error.message);
    isTold = true;
  };
  const kafka = createAdmin(kafkaConnection(addresses, 'millrace-contracts', silentLogger));
  const clickhouse = createClickHouse({
    url: addresses.clickhouseUrl,
    requestTimeoutMs: statementTimeoutMs,
  });
  return {
    kafka,
    registry: createPatientRegistry(
      createRegistryClient({ url: addresses.registryUrl }),
      systemClock,
      tell,
    ),
    clickhouse,
    close: async () => {
      await Promise.all([kafka.close(), clickhouse.close()]);
    },
  };
};
