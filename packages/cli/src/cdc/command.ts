/**
 * `millrace cdc status|slots|snapshot|pause|resume|stop-snapshot|grants`: a person's view of a captured source and
 * what can be asked of it. `millrace cdc` alone runs the service.
 */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { defineConfig, platformSettings, readConfig, setting } from '@millrace/runtime';
import { Command } from 'commander';
import pg from 'pg';
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { grantsSql } from './grants.ts';
import { readMemory, type SourceMemory } from './memory.ts';
import { readSlots, readTables, sendSignal, slotNameOf } from './source.ts';

const sourceConfig = defineConfig('cdc', {
  postgresUrl: platformSettings.postgresUrl,
  source: setting.string({
    env: 'MILLRACE_CDC_SOURCE',
    description: 'Name of the captured database.',
  }),
});
const kafkaConfig = defineConfig('cdc', { kafkaBrokers: platformSettings.kafkaBrokers });

const withPostgres = async <T>(
  work: (client: pg.Client, source: string) => Promise<T>,
): Promise<T> => {
  const { postgresUrl, source } = readConfig(sourceConfig, process.env);
  const client = new pg.Client({ connectionString: postgresUrl, application_name: 'millrace cdc' });
  try {
    await client.connect();
    return await work(client, source);
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError('cdc.source-unavailable', `PostgreSQL: ${reason}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Undefined when nothing was ever captured under the name. */
const memoryOf = async (source: string): Promise<SourceMemory | undefined> => {
  const { kafkaBrokers } = readConfig(kafkaConfig, process.env);
  const connection = { brokers: kafkaBrokers, clientId: 'millrace-cli', logger: silentLogger };
  return readMemory(connection, source).catch((error: unknown) => {
    if (error instanceof MillraceError && error.code === 'kafka.unknown-topic') return undefined;
    throw error;
  });
};

const status = async (flags: { json?: boolean }): Promise<void> => {
  const seen = await withPostgres(async (client, source) => ({
    source,
    slot: (await readSlots(client, slotNameOf(source)))[0],
    tables: await readTables(client, slotNameOf(source)),
  }));
  const memory = await memoryOf(seen.source);
  const good = seen.slot !== undefined && seen.slot.status !== 'lost' && memory !== undefined;
  if (!good) process.exitCode = 1;
  if (flags.json) {
    printJson({ ...seen, ...memory });
    return;
  }
  print(
    seen.slot === undefined ? `No slot ${slotNameOf(seen.source)}.` : tableText([{ ...seen.slot }]),
  );
  if (memory === undefined) {
    print('Nothing was captured under this name.');
    return;
  }
  const { blockedKeys, isPaused, position, snapshots } = memory;
  const at = position === undefined ? 'none' : `${position.commitLsn}, change ${position.index}`;
  print(
    `\nWritten to Kafka: ${at}. Blocked keys: ${blockedKeys}. Snapshots: ${isPaused ? 'paused' : 'not paused'}.`,
  );
  if (snapshots.length > 0) print(`\n${tableText(snapshots.map((one) => ({ ...one })))}`);
  if (seen.tables.length > 0) print(`\n${tableText(seen.tables.map((one) => ({ ...one })))}`);
};

const slots = async (flags: { json?: boolean }): Promise<void> => {
  const found = await withPostgres((client) => readSlots(client));
  if (flags.json) printJson(found);
  else print(tableText(found.map((one) => ({ ...one }))));
};

const signal = async (type: string, data: unknown, flags: { json?: boolean }): Promise<void> => {
  const sent = { id: randomUUID(), type, data };
  const source = await withPostgres(async (client, name) => {
    await sendSignal(client, name, sent);
    return name;
  });
  if (flags.json) printJson({ source, ...sent });
  else print(`${type} was put into the log of ${source}; the service obeys it when it gets there.`);
};

const subcommand = (name: string, description: string): Command =>
  new Command(name).description(description).option('--json', 'print JSON');

export const cdcCommand = (): Command =>
  new Command('cdc')
    .description('row changes of PostgreSQL onto Kafka: the service, and what a person asks of it')
    .addCommand(
      subcommand('status', 'slot, log held back, position, snapshots, tables').action(status),
    )
    .addCommand(subcommand('slots', 'logical slots of the database').action(slots))
    .addCommand(
      subcommand('snapshot', 'read tables again, beside the stream')
        .argument('<tables...>', 'captured tables as schema.table; * stands for any text')
        .option('--where <condition>', 'SQL that limits the rows, for one table')
        .action((tables: string[], flags: { json?: boolean; where?: string }) =>
          signal(
            'execute-snapshot',
            {
              'data-collections': tables,
              type: 'incremental',
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
      new Command('grants')
        .description('print the SQL for a role that owns nothing')
        .argument('<role>')
        .argument('<tables...>', 'as schema.table')
        .action((role: string, tables: string[]) => {
          const source = process.env['MILLRACE_CDC_SOURCE'] ?? 'source';
          print(grantsSql(source, role, tables));
        }),
    );
