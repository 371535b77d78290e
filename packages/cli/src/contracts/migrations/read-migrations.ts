import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { splitStatements } from '@millrace/clickhouse';
import {
  type ContractProblem,
  formatProblem,
  type Migration,
  MillraceError,
  parseMigrations,
} from '@millrace/contracts';

/** The project's `warehouse/*.sql`; a project without the directory has none. */
export const findMigrations = async (
  directory: string,
): Promise<{ migrations: readonly Migration[]; problems: readonly ContractProblem[] }> => {
  const folder = join(resolve(directory), 'warehouse');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith('.sql'))
      .map(async (name) => ({
        path: `warehouse/${name}`,
        text: await readFile(join(folder, name), 'utf8'),
      })),
  );
  return parseMigrations(files, splitStatements);
};

/** Throws `contracts.project-invalid` with every problem, one a line. */
export const readMigrations = async (directory: string): Promise<readonly Migration[]> => {
  const { migrations, problems } = await findMigrations(directory);
  if (problems.length === 0) return migrations;
  throw new MillraceError(
    'contracts.project-invalid',
    `the migrations have problems:\n${problems.map(formatProblem).join('\n')}`,
  );
};
