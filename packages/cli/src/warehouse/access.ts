/** Prints the rights that a project asks for, gives them, or tells how the server differs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import {
  type AccessModel,
  accessModel,
  accessStatements,
  accessXml,
  formatProblem,
  MillraceError,
  parseAccessFile,
  unknownRoles,
} from '@millrace/contracts';
import { defineConfig, platformSettings, readConfig, setting } from '@millrace/runtime';
import { plural, print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { accessDifferences } from './access-differences.ts';
import { observeAccess } from './observe-access.ts';

interface AccessFlags {
  readonly project: string;
  readonly database?: string;
  readonly cluster?: string;
  readonly xml?: boolean;
  readonly apply?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

const serverConfig = defineConfig('warehouse', { clickhouseUrl: platformSettings.clickhouseUrl });
const printConfig = defineConfig('warehouse', {
  clickhouseUrl: setting.string({
    env: 'MILLRACE_CLICKHOUSE_URL',
    optional: true,
    secret: true,
    description: 'Its path names the database.',
  }),
});

const accessPath = 'warehouse/access.yaml';

const readOptional = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Throws `contracts.project-invalid` with every problem of contracts and access file, one a line. */
export const readAccessModel = async (project: string, database: string): Promise<AccessModel> => {
  const contracts = await readContracts(project);
  const text = await readOptional(join(project, accessPath));
  const { access: file, problems } = parseAccessFile(accessPath, text);
  const model = accessModel(contracts, file, database);
  const lines = [
    ...problems.map(formatProblem),
    ...unknownRoles(model).map(
      (role) =>
        `${accessPath}: no contract has a role ${role}; there are ${model.roles.map(({ name }) => name.replace('millrace_', '')).join(', ')}`,
    ),
  ];
  if (lines.length === 0) return model;
  throw new MillraceError('contracts.project-invalid', lines.join('\n'));
};

const databaseOf = ({ database }: AccessFlags): string => {
  if (database !== undefined) return database;
  const { clickhouseUrl } = readConfig(printConfig, process.env);
  if (clickhouseUrl === undefined) return 'millrace';
  return decodeURIComponent(new URL(clickhouseUrl).pathname.slice(1)) || 'default';
};

const withServer = async <Result>(
  work: (clickhouse: ClickHouse) => Promise<Result>,
): Promise<Result> => {
  const clickhouse = createClickHouse({
    url: readConfig(serverConfig, process.env).clickhouseUrl,
  });
  try {
    return await work(clickhouse);
  } finally {
    await clickhouse.close();
  }
};

const apply = (model: AccessModel, cluster: string | undefined): Promise<void> =>
  withServer(async (clickhouse) => {
    const statements = accessStatements(model, cluster);
    for (const statement of statements) {
      await clickhouse.exec(statement);
      print(statement);
    }
    const stale = accessDifferences(model, await observeAccess(clickhouse, model.database)).filter(
      ({ kind }) => kind === 'stale-policy',
    );
    for (const { name, remedy } of stale) {
      await clickhouse.exec(remedy);
      print(`${remedy} -- ${name} is no policy of the contracts any more`);
    }
    print(`\n${plural(statements.length + stale.length, 'statement')} carried out.`);
  });

const check = (model: AccessModel, isJson: boolean): Promise<void> =>
  withServer(async (clickhouse) => {
    const differences = accessDifferences(model, await observeAccess(clickhouse, model.database));
    if (differences.length > 0) process.exitCode = 1;
    if (isJson) printJson({ ok: differences.length === 0, differences });
    else if (differences.length === 0) print('The server gives the rights that the contracts ask.');
    else {
      for (const { name, line, remedy } of differences) print(`${name}: ${line}\n    ${remedy}`);
      print(`\n${plural(differences.length, 'difference')}`);
    }
  });

/** `millrace warehouse access` */
export const access = async (flags: AccessFlags): Promise<void> => {
  const model = await readAccessModel(flags.project, databaseOf(flags));
  if (flags.xml) process.stdout.write(accessXml(model));
  else if (flags.apply) await apply(model, flags.cluster);
  else if (flags.check) await check(model, flags.json ?? false);
  else print(`${accessStatements(model, flags.cluster).join(';\n')};`);
};
