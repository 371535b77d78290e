/**
 * `millrace cdc status|slots|snapshot|pause|resume|stop-snapshot|begin-anew|grants`: a person's view of a captured source and
 * what can be asked of it. `millrace cdc` alone runs the service.
 */

import { randomUUID } from 'node:crypto';
import { slotNameOf } from '@millrace/contracts';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  defineConfig,
  kafkaSettings,
  platformSettings,
  readConfig,
  setting,
} from '@millrace/runtime';
import { Command } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { carryOutBeginAnew, planBeginAnew } from './begin-anew.ts';
import { grantsSql } from './grants.ts';
import { readMemory } from './memory.ts';
import { readSlots, slotRow } from './slots.ts';
import { readSnapshotStatus } from './snapshot-status.ts';
import {
  countSessions,
  expectCaptured,
  expectListener,
  readTables,
  sendSignal,
  tablesWithoutIdentity,
} from './source.ts';
import { printMemory, printSource, printStatusJson, stateOf } from './status.ts';
import { withPostgres } from './with-postgres.ts';

const { postgresUrl } = platformSettings;
const source = setting.string({
  env: 'MILLRACE_CDC_SOURCE',
  description: 'Name of the captured database.',
});
const statusConfig = defineConfig('cdc', { ...kafkaSettings, postgresUrl, source });
const signalConfig = defineConfig('cdc', { postgresUrl, source });
const slotsConfig = defineConfig('cdc', { postgresUrl });
const grantsConfig = defineConfig('cdc', {
  source,
  postgresUrl: setting.string({
    env: 'MILLRACE_POSTGRES_URL',
    optional: true,
    secret: true,
    description: 'Where it is looked which tables have a replica identity.',
  }),
});

const status = async (flags: { json?: boolean }): Promise<void> => {
  const config = readConfig(statusConfig, process.env);
  const connection = kafkaConnection(config, 'millrace-cli', silentLogger);
  await withPostgres(config.postgresUrl, async (client) => {
    const slotName = slotNameOf(config.source);
    const seen = {
      ...{ source: config.source, slotName, sessions: await countSessions(client, config.source) },
      slot: (await readSlots(client, slotName))[0],
      tables: await readTables(client, slotName),
    };
    // Kafka may be what is away: the rest is told before it is asked
    if (!flags.json) printSource(seen);
    const memory = await readMemory(connection, config.source);
    const snapshots = await readSnapshotStatus(client, memory?.snapshots ?? []);
    const state = stateOf(seen);
    if (memory === undefined || !['streaming', 'starting'].includes(state)) process.exitCode = 1;
    if (flags.json) printStatusJson(seen, memory, snapshots);
    else printMemory(seen, memory, snapshots, Date.now());
  });
};

const slots = async (flags: { json?: boolean }): Promise<void> => {
  const config = readConfig(slotsConfig, process.env);
  const found = await withPostgres(config.postgresUrl, (client) => readSlots(client));
  if (flags.json) printJson(found);
  else print(found.length === 0 ? 'The server has no slot.' : tableText(found.map(slotRow)));
};

/** Throws `cdc.signal-refused` when the signal would be lost, or names a table that is not captured. */
const signal = async (
  type: string,
  data: Readonly<Record<string, unknown>> & { readonly 'data-collections'?: readonly string[] },
  flags: { json?: boolean },
): Promise<void> => {
  const config = readConfig(signalConfig, process.env);
  const sent = { id: randomUUID(), type, data };
  const isRunning = await withPostgres(config.postgresUrl, async (client) => {
    await expectListener(client, config.source);
    await expectCaptured(client, config.source, data['data-collections'] ?? []);
    await sendSignal(client, config.source, sent);
    return (await countSessions(client, config.source)) > 0;
  });
  if (flags.json) printJson({ source: config.source, isRunning, ...sent });
  else {
    const when = isRunning ? 'when it gets there' : 'when it is started: it does not run now';
    print(`${type} was put into the log of ${config.source}; the service obeys it ${when}.`);
  }
};

interface SnapshotFlags {
  readonly json?: boolean;
  readonly where?: string;
  readonly blocking?: boolean;
}

const beginAnew = async (flags: {
  json?: boolean;
  yes?: boolean;
  keepTopics?: boolean;
}): Promise<void> => {
  const config = readConfig(statusConfig, process.env);
  const admin = createAdmin(kafkaConnection(config, 'millrace-cli', silentLogger));
  try {
    await withPostgres(config.postgresUrl, async (client) => {
      const slotName = slotNameOf(config.source);
      const keeps = flags.keepTopics === true;
      const plan = await planBeginAnew(client, admin, config.source, slotName, keeps);
      const isDone = flags.yes === true;
      if (isDone) await carryOutBeginAnew(client, admin, plan);
      if (flags.json) {
        printJson({ source: config.source, isDone, ...plan });
        return;
      }
      print(`${isDone ? 'Emptied' : 'Would empty'}: ${plan.topics.join(', ') || 'no topic'}`);
      print(`${isDone ? 'Dropped' : 'Would drop'} the slot: ${plan.slot ?? 'there is none'}`);
      if (!isDone) print('Nothing was changed: --yes does it.');
    });
  } finally {
    await admin.close();
  }
};

const grants = async (role: string, tables: string[]): Promise<void> => {
  const { postgresUrl: url, source: name } = readConfig(grantsConfig, process.env);
  const blind =
    url === undefined
      ? undefined
      : await withPostgres(url, (client) => tablesWithoutIdentity(client, tables));
  print(grantsSql(name, role, tables, blind));
};

const subcommand = (name: string, description: string): Command =>
  new Command(name).description(description).option('--json', 'print JSON');

export const cdcCommand = (): Command =>
  new Command('cdc')
    .description('row changes of PostgreSQL onto Kafka: the service, and what a person asks of it')
    .addCommand(
      subcommand(
        'status',
        'slot, lag, log held back, position, snapshots, tables; exit code 1 when it does not run',
      ).action(status),
    )
    .addCommand(
      subcommand('slots', 'what holds back the log of the server, the most first').action(slots),
    )
    .addCommand(
      subcommand('snapshot', 'read tables again, beside the stream or while it stands still')
        .argument('<tables...>', 'captured tables as schema.table; * stands for any text')
        .option('--where <condition>', 'SQL that limits the rows, for one table')
        .option('--blocking', 'the stream stands still meanwhile: also for tables without a key')
        .action((tables: string[], flags: SnapshotFlags) =>
          signal(
            'execute-snapshot',
            {
              'data-collections': tables,
              type: flags.blocking ? 'blocking' : 'incremental',
              ...(flags.where === undefined
                ? {}
                : {
                    'additional-conditions': tables.map((table) => ({
                      ...{ 'data-collection': table, filter: flags.where },
                    })),
                  }),
            },
            flags,
          ),
        ),
    )
    .addCommand(
      subcommand('pause', 'snapshots stand still; the stream goes on').action((flags) =>
        signal('pause-snapshot', {}, flags),
      ),
    )
    .addCommand(
      subcommand('resume', 'snapshots go on').action((flags) =>
        signal('resume-snapshot', {}, flags),
      ),
    )
    .addCommand(
      subcommand('stop-snapshot', 'give up the snapshots of tables')
        .argument('[tables...]', 'as schema.table; all when left out')
        .action((tables: string[], flags) =>
          signal(
            'stop-snapshot',
            { 'data-collections': tables.length === 0 ? ['*'] : tables },
            flags,
          ),
        ),
    )
    .addCommand(
      subcommand(
        'begin-anew',
        'forget position, state and changes of the source: its next start is its first',
      )
        .option('--keep-topics', 'the records of the changes stay')
        .option('--yes', 'do it; else it is only said')
        .action(beginAnew),
    )
    .addCommand(
      new Command('grants')
        .description('print the SQL for a role that owns nothing')
        .argument('<role>')
        .argument('<tables...>', 'as schema.table')
        .action(grants),
    );
