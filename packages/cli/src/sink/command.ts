/**
 * `millrace sink status|dead`: a person's view of the sink, out of Kafka and ClickHouse alone: it answers as well when
 * no sink runs. `millrace sink` alone runs the service.
 */
import { createRegistryClient } from '@millrace/avro';
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
import { Command, InvalidArgumentError } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { tableText } from '../demo/table-text.ts';
import { type DeadLetter, decodeValue, readDeadLetters, reasonCounts } from './dead-letters.ts';
import { readPartitions } from './partitions.ts';
import { printStatus, printStatusJson, type SinkStatus, stateOf } from './status.ts';
import { readTableStatus } from './tables.ts';

const { clickhouseUrl, registryUrl } = platformSettings;
const group = setting.string({
  env: 'MILLRACE_SINK_GROUP',
  default: 'millrace.sink',
  description: 'Consumer group of the sink.',
});
const statusConfig = defineConfig('sink', { ...kafkaSettings, clickhouseUrl, group });
const deadConfig = defineConfig('sink', kafkaSettings);
const valuesConfig = defineConfig('sink', { registryUrl });

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

interface DeadFlags {
  readonly topic?: string;
  readonly limit: number;
  readonly showValues?: boolean;
  readonly json?: boolean;
}

const letterRow = ({ record: _, ...letter }: DeadLetter) => letter;

const dead = async (flags: DeadFlags): Promise<void> => {
  const { connection, admin } = connect(readConfig(deadConfig, process.env));
  try {
    const { letters: all, isCut } = await readDeadLetters(connection, admin, COUNTED_MAX);
    const letters = all.filter(({ topic }) => flags.topic === undefined || topic === flags.topic);
    const shown = letters.slice(-flags.limit);
    const registry = flags.showValues
      ? createRegistryClient({ url: readConfig(valuesConfig, process.env).registryUrl })
      : undefined;
    const rows = await Promise.all(
      shown.map(async (letter) => ({
        ...letterRow(letter),
        ...(registry === undefined ? {} : await decodeValue(letter, registry)),
      })),
    );
    const counts = reasonCounts(letters);
    if (flags.json) {
      printJson({ isCut, counts, letters: rows });
      return;
    }
    if (letters.length === 0) {
      print('No dead letters.');
      return;
    }
    if (isCut) print(`The newest ${COUNTED_MAX} of each partition:`);
    print(tableText(counts));
    for (const { topic, partition, offset, code, reason, at, schemaId, bytes, ...value } of rows) {
      const writer = schemaId === undefined ? 'not framed' : `schema ${schemaId}`;
      print(
        `\n${at}  ${topic}/${partition} ${offset}  ${code}  ${bytes} B, ${writer}\n  ${reason}`,
      );
      if (Object.keys(value).length > 0) print(`  ${JSON.stringify(value)}`);
    }
  } finally {
    await admin.close();
  }
};

const parseLimit = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A limit is a whole number.');
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
    )
    .addCommand(
      new Command('dead')
        .description('the records that were given up: how many, why, and the newest of them')
        .option('--topic <name>', 'only of the topic that they came from')
        .option('--limit <count>', 'how many are shown, the newest', parseLimit, 20)
        .option('--show-values', 'decode the values, which may be confidential')
        .option('--json', 'print JSON')
        .action(dead),
    );
