/** `millrace access postgres`: the roles of a captured database, printed as SQL, or compared with what the server gives. */
import { MillraceError } from '@millrace/contracts';
import { defineConfig, platformSettings, readConfig, setting } from '@millrace/runtime';
import { tablesWithoutIdentity } from '../cdc/source.ts';
import { withPostgres } from '../cdc/with-postgres.ts';
import { print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { findPostgresDifferences } from './observe-postgres.ts';
import { type PostgresHost, rolesSql } from './postgres-roles.ts';

export interface PostgresAccessFlags {
  readonly project: string;
  readonly source?: string;
  readonly host: PostgresHost;
  readonly prefix: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

const config = defineConfig('access', {
  source: setting.string({
    env: 'MILLRACE_CDC_SOURCE',
    optional: true,
    description: 'Name of the captured database.',
  }),
  signalTable: setting.string({
    env: 'MILLRACE_CDC_SIGNAL_TABLE',
    optional: true,
    description: 'Debezium’s signal table as schema.table.',
  }),
  postgresUrl: setting.string({
    env: 'MILLRACE_POSTGRES_URL',
    optional: true,
    secret: true,
    description: 'Where it is looked which tables have a replica identity.',
  }),
});
const checkConfig = defineConfig('access', { postgresUrl: platformSettings.postgresUrl });

/** Tables that the contracts of a source name. Throws `config.invalid` where there are several sources and none is named. */
const tablesOf = async (project: string, wanted: string | undefined) => {
  const changes = (await readContracts(project)).flatMap(({ source }) =>
    source.kind === 'change' ? [source] : [],
  );
  const names = [...new Set(changes.map(({ source }) => source))];
  const source = wanted ?? (names.length === 1 ? names[0] : undefined);
  if (source === undefined)
    throw new MillraceError(
      'config.invalid',
      names.length === 0
        ? 'no contract captures a table: name the source and its tables'
        : `--source: one of ${names.join(', ')}`,
    );
  const tables = changes
    .filter((one) => one.source === source)
    .map(({ schema, table }) => `${schema}.${table}`);
  return { source, tables };
};

/** @param more tables beside those of the contracts, `schema.table` */
export const postgresAccessCommand = async (
  more: readonly string[],
  flags: PostgresAccessFlags,
): Promise<void> => {
  const settings = readConfig(config, process.env);
  const named = await tablesOf(flags.project, flags.source ?? settings.source);
  const tables = [...new Set([...named.tables, ...more])].sort();
  const roles = {
    ...{ source: named.source, tables, signalTable: settings.signalTable },
    capture: `${flags.prefix}cdc`,
    quality: `${flags.prefix}quality`,
  };
  if (flags.check) {
    const { postgresUrl } = readConfig(checkConfig, process.env);
    const findings = await withPostgres(postgresUrl, (client) =>
      findPostgresDifferences(client, roles),
    );
    if (findings.length > 0) process.exitCode = 1;
    if (flags.json) printJson({ ok: findings.length === 0, findings });
    else if (findings.length === 0) print('Both roles have what they need, and nothing besides.');
    else for (const { kind, role, line } of findings) print(`${kind}: ${role}: ${line}`);
    return;
  }
  const { postgresUrl } = settings;
  const blind =
    postgresUrl === undefined
      ? undefined
      : await withPostgres(postgresUrl, (client) => tablesWithoutIdentity(client, tables));
  print(rolesSql({ ...roles, host: flags.host, blind }));
};
