/**
 * `millrace verify`: is every record of the topics in its table, once, and is each dimension its source
 * table? Reads only, unless it is told to repair. Exit code 1 when something is missing, double, different or a stranger.
 */
import type { WarehouseContract } from '@millrace/contracts';
import type { FactVerdict } from '@millrace/reconcile';
import {
  defineConfig,
  kafkaSettings,
  platformSettings,
  readConfig,
  setting,
} from '@millrace/runtime';
import { Command } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { parseMoment, parseSpan } from './moment.ts';
import { chooseContracts, isComparable, verifyDimensions, verifyFacts } from './verify-project.ts';
import { dimensionJson, factJson, printDimension, printFact } from './verify-text.ts';

const verifyConfig = defineConfig('verify', {
  ...kafkaSettings,
  clickhouseUrl: platformSettings.clickhouseUrl,
  group: setting.string({
    env: 'MILLRACE_SINK_GROUP',
    default: 'millrace.sink',
    description: 'Consumer group of the sink; what is behind its offsets should have landed.',
  }),
  postgresUrl: setting.string({
    env: 'MILLRACE_POSTGRES_URL',
    optional: true,
    secret: true,
    description: 'Where dimensions are compared with their source tables; left out when not set.',
  }),
});

interface VerifyFlags {
  readonly project: string;
  readonly json: boolean;
  readonly since?: string;
  readonly wait: string;
  readonly showValues: boolean;
  readonly repair: boolean;
}

const verify = async (names: readonly string[], flags: VerifyFlags): Promise<void> => {
  const config = readConfig(verifyConfig, process.env);
  const sinceMs = flags.since === undefined ? undefined : parseMoment(flags.since, Date.now());
  const contracts = chooseContracts(await readContracts(flags.project), names);
  const facts: ReturnType<typeof factJson>[] = [];
  const dimensions: ReturnType<typeof dimensionJson>[] = [];
  const told = (verdict: FactVerdict) => {
    if (!verdict.ok) process.exitCode = 1;
    if (flags.json) facts.push(factJson(verdict));
    else printFact(verdict);
  };
  const lacking: WarehouseContract[] = [];
  await verifyFacts(contracts, config, sinceMs, (verdict) => {
    const lacks = verdict.partitions.some(({ missing }) => missing.total > 0);
    if (!flags.repair || !lacks) told(verdict);
    else lacking.push(contracts.find(({ id }) => id === verdict.contract)!);
  });
  for (const { id } of lacking) {
    await (await import('../replay/actions.ts')).landMissing(id, flags.json);
  }
  await verifyFacts(lacking, config, sinceMs, told);
  const { postgresUrl } = config;
  if (postgresUrl !== undefined) {
    const { showValues } = flags;
    const waitMs = parseSpan(flags.wait);
    await verifyDimensions(contracts, config, { postgresUrl, waitMs, showValues }, (verdict) => {
      if (!verdict.ok) process.exitCode = 1;
      if (flags.json) dimensions.push(dimensionJson(verdict, showValues));
      else printDimension(verdict, showValues);
    });
  } else if (!flags.json && contracts.some(isComparable)) {
    print('Dimensions were not compared: MILLRACE_POSTGRES_URL is not set.');
  }
  if (flags.json) printJson({ ok: process.exitCode !== 1, facts, dimensions });
  else if (contracts.length === 0) print('No contract has a table.');
};

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('compare the tables with the topics: what is missing, double or strange')
    .argument('[contracts...]', 'ids of contracts; all with a table when left out')
    .option(
      '--project <dir>',
      'directory that holds schemas/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    )
    .option('--since <moment>', 'only records from then on: 2026-05-01T12:00:00Z, 24h, 7d')
    .option('--wait <duration>', 'how long dimensions may take to catch up with PostgreSQL', '60s')
    .option('--show-values', 'print the values that differ, not only their columns', false)
    .option('--repair', 'land what facts lack, then compare again', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      '\nReads MILLRACE_KAFKA_BROKERS, MILLRACE_CLICKHOUSE_URL, MILLRACE_SINK_GROUP, and MILLRACE_POSTGRES_URL for dimensions.' +
        '\nExit code 1: something is missing, double, different, or in a table without being on its topic.',
    )
    .action(verify);
