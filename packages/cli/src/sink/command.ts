/**
 * `millrace sink status`: a person's view of the sink, out of Kafka and ClickHouse alone: it answers as well when
 * no sink runs. `millrace sink` alone runs the service.
 */
import { createClickHouse } from '@millrace/clickhouse';
import { hasWarehouse } from '@millrace/contracts';
import { createAdmin, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  defineConfig,
  kafkaSettings,
  platformSettings,
  readConfig,
  setting,
} from '@millrace/runtime';
import { Command } from 'commander';
import { readContracts } from '../contracts/read-contracts.ts';
import { readDeadLetters } from './dead-letters.ts';
import { readPartitions } from './partitions.ts';
import { printStatus, printStatusJson, type SinkStatus, stateOf } from './status.ts';
import { readTableStatus } from './tables.ts';

const { clickhouseUrl } = platformSettings;
const group = setting.string({
  env: 'MILLRACE_SINK_GROUP',
  default: 'millrace.sink',
  description: 'Consumer group of the sink.',
});
const statusConfig = defineConfig('sink', { ...kafkaSettings, clickhouseUrl, group });

/** Dead letters that are counted for a look; a topic may hold millions. */
const COUNTED_MAX = 10_000;

const connect = (settings: KafkaSettings) => {
  const connection = kafkaConnection(settings, 'millrace-cli', silentLogger);
  return { connection, admin: createAdmin(connection) };
};

const status = async (flags: { project: string; json?: boolean }): Promise<void> => {
  const config = readConfig(statusConfig, process.env);
  const contracts = (await readContracts(flags.project)).filter(hasWarehouse);
  const { connection, admin } = connect(config);
  const clickhouse = createClickHouse({ url: config.clickhouseUrl });
  try {
    const nowMs = Date.now();
    const found = await Promise.all(
      contracts.map((contract) => readPartitions(connection, admin, config.group, contract, nowMs)),
    );
    const topics = contracts.map(({ topic }) => topic.name);
    const ofContracts = await readDeadLetters(connection, admin, COUNTED_MAX);
    const seen: SinkStatus = {
      group: config.group,
      partitions: found.flat(),
      missingTopics: topics.filter((_, index) => found[index]?.length === 0),
      tables: await readTableStatus(
        clickhouse,
        contracts.map(({ warehouse }) => warehouse.table),
      ),
      dead: {
        ...ofContracts,
        letters: ofContracts.letters.filter(({ topic }) => topics.includes(topic)),
      },
    };
    if (['stuck', 'unknown'].includes(stateOf(seen))) process.exitCode = 1;
    if (flags.json) printStatusJson(seen);
    else printStatus(seen);
  } finally {
    await Promise.all([admin.close(), clickhouse.close()]);
  }
};

export const sinkCommand = (): Command =>
  new Command('sink')
    .description('Kafka into ClickHouse, exactly once: the service, and what a person asks of it')
    .addCommand(
      new Command('status')
        .description(
          'of each partition: committed, lag, claim; tables; dead letters; exit code 1 when somebody has to look',
        )
        .option(
          '--project <dir>',
          'directory that holds schemas/ (MILLRACE_PROJECT)',
          process.env['MILLRACE_PROJECT'] ?? process.cwd(),
        )
        .option('--json', 'print JSON')
        .action(status),
    );
