/**
 * `millrace access kafka|postgres|registry|warehouse`: what each service may do on each server, and nothing besides, out of the
 * contracts and the settings. Prints; gives and compares where it is asked to.
 */
import { Command, Option } from 'commander';
import { accessCommand as warehouseAccess } from '../warehouse/command.ts';
import { postgresHosts } from './postgres-roles.ts';

const projectOption = () =>
  new Option('--project <dir>', 'directory that holds schemas/ (MILLRACE_PROJECT)').default(
    process.env['MILLRACE_PROJECT'] ?? process.cwd(),
  );

const several = (word: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  word,
];

const kafka = (): Command =>
  new Command('kafka')
    .description(
      'ACLs of each service’s principal: ingest, cdc, stream-transform, sink, quality, apply, load, operator; prints commands of kafka-acls.sh',
    )
    .addOption(projectOption())
    .option('--service <name>', 'only this principal; may be given again', several)
    .option('--prefix <text>', 'in front of a service’s name, of its user', 'millrace-')
    .option(
      '--principal <service=User:name>',
      'another name, as of a certificate; may be given again',
      several,
    )
    .addOption(
      new Option('--strimzi <cluster>', 'print KafkaUser resources of this cluster').conflicts([
        'apply',
        'check',
      ]),
    )
    .addOption(
      new Option('--authentication <type>', 'of those users')
        .choices(['tls', 'tls-external', 'scram-sha-512'])
        .default('scram-sha-512'),
    )
    .option('--apply', 'give what is missing (needs Alter and Describe on the cluster)')
    .addOption(
      new Option(
        '--check',
        'compare with the brokers; exit code 1 where they differ (needs Describe on the cluster)',
      ).conflicts('apply'),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Reads the services’ own variables where they name a topic or a group (MILLRACE_SINK_GROUP, MILLRACE_INGEST_AUTH,
MILLRACE_INGEST_SPOOL_DIR, MILLRACE_CDC_…, MILLRACE_QUALITY_…); --apply and --check read MILLRACE_KAFKA_*.`,
    )
    .action(async (flags) => (await import('./kafka-access.ts')).kafkaAccessCommand(flags));

const postgres = (): Command =>
  new Command('postgres')
    .description(
      'roles of a captured database: one that captures, one that compares tables; prints SQL for its administrator and the tables’ owner',
    )
    .argument('[tables...]', 'schema.table, beside those that contracts name')
    .addOption(projectOption())
    .option('--source <name>', 'the captured database (MILLRACE_CDC_SOURCE)')
    .option('--prefix <text>', 'of the roles: <prefix>cdc, <prefix>quality', 'millrace_')
    .addOption(
      new Option('--host <kind>', 'where it runs: how REPLICATION is given')
        .choices(postgresHosts)
        .default('plain'),
    )
    .option('--check', 'compare with the server; exit code 1 where it differs')
    .option('--json', 'with --check: print JSON')
    .addHelpText(
      'after',
      '\nReads MILLRACE_CDC_SIGNAL_TABLE, and MILLRACE_POSTGRES_URL: for --check, and to see which tables have a replica identity.',
    )
    .action(async (tables, flags) =>
      (await import('./postgres-access.ts')).postgresAccessCommand(tables, flags),
    );

const registry = (): Command =>
  new Command('registry')
    .description('which principal reads and writes which subjects')
    .addOption(projectOption())
    .option('--prefix <text>', 'in front of a service’s name, of its user', 'millrace-')
    .option('--confluent', 'print role bindings of Confluent’s registry')
    .addOption(
      new Option('--apicurio', 'print a role of Apicurio’s for each user').conflicts('confluent'),
    )
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./registry-access.ts')).registryAccessCommand(flags));

export const accessCommand = (): Command =>
  new Command('access')
    .description('what each service may do on each server, from the contracts and the settings')
    .addCommand(kafka())
    .addCommand(postgres())
    .addCommand(registry())
    .addCommand(warehouseAccess('warehouse'));
