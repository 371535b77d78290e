/** Settings of `millrace backup` and `millrace restore`, and the servers they name. */
import { createRegistryClient, type RegistryClient } from '@millrace/avro';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type Admin, createAdmin, type KafkaConnection, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  defineConfig,
  kafkaSettings,
  platformSettings,
  readConfig,
  setting,
} from '@millrace/runtime';

const backupConfig = defineConfig('backup', {
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  clickhouseUrl: platformSettings.clickhouseUrl,
  postgresUrl: setting.string({
    env: 'MILLRACE_POSTGRES_URL',
    optional: true,
    secret: true,
    description:
      'A captured database: its slots and publications are noted; left out when not set.',
  }),
  place: setting.string({
    env: 'MILLRACE_BACKUP_CLICKHOUSE',
    default: "File('{name}')",
    description:
      'Where ClickHouse puts its own backup, in its words, with {name} in it: Disk(…), S3(a named collection, …), File(…).',
  }),
});

/** Parts that can be asked for alone. */
export const parts = ['project', 'registry', 'kafka', 'source', 'warehouse'] as const;
export type Part = (typeof parts)[number];

export interface Servers {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly registry: RegistryClient;
  readonly registryUrl: string;
  /** Connected to no database of ours, which need not exist yet. */
  readonly clickhouse: ClickHouse;
  /** That of the URL. */
  readonly database: string;
  readonly postgresUrl: string | undefined;
  readonly place: string;
  close(): Promise<void>;
}

/** A backup of a large table is one statement. */
const STATEMENT_TIMEOUT_MS = 12 * 3_600_000;

/** Throws `config.*`; makes no connection. */
export function connectServers(env: NodeJS.ProcessEnv): Servers {
  const config = readConfig(backupConfig, env);
  const connection = kafkaConnection(config, 'millrace-backup', silentLogger);
  const admin = createAdmin(connection);
  const clickhouse = createClickHouse({
    url: Object.assign(new URL(config.clickhouseUrl), { pathname: '/system' }).href,
    requestTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const { registryUrl, postgresUrl, place } = config;
  const database = decodeURIComponent(new URL(config.clickhouseUrl).pathname.slice(1)) || 'default';
  return {
    ...{ connection, admin, clickhouse, database, registryUrl, postgresUrl, place },
    registry: createRegistryClient({ url: registryUrl }),
    close: async () => {
      await Promise.all([admin.close(), clickhouse.close()]);
    },
  };
}
