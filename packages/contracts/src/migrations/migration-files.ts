import { createHash } from 'node:crypto';
import type { ProjectFile } from '../project/contract-files.ts';
import type { ContractProblem } from '../project/contract-problem.ts';

/**
 * What people write by hand for the warehouse (views, rollups, grants): `warehouse/NNNN_name.sql`, numbered
 * from 0001 without a gap, each carried out once and never edited afterwards. Pure: reading is the caller's.
 */
export interface Migration {
  readonly number: number;
  /** The file's name: `0001_daily_delays.sql`. */
  readonly name: string;
  readonly path: string;
  readonly statements: readonly MigrationStatement[];
}

export interface MigrationStatement {
  /** As it stands in the file, macros included. */
  readonly text: string;
  /** Of the text: an applied statement is known again by it. */
  readonly checksum: string;
}

const namePattern = /^warehouse\/((\d{4})_[a-z0-9_]+\.sql)$/;

/** SHA-256, of which the first 16 digits are enough to notice an edit. */
const checksumOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);

/** True for text that is nothing but comments. */
const isOnlyComment = (statement: string): boolean =>
  statement.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';

/**
 * Migrations in their order, and what is wrong with the files. `split` cuts a script into statements.
 */
export const parseMigrations = (
  files: readonly ProjectFile[],
  split: (script: string) => readonly string[],
): { readonly migrations: readonly Migration[]; readonly problems: readonly ContractProblem[] } => {
  const problems: ContractProblem[] = [];
  const report = (file: string, rule: string, message: string, remedy: string) =>
    problems.push({ file, rule, message, remedy });
  const migrations: Migration[] = [];
  for (const { path, text } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const match = namePattern.exec(path);
    if (match === null) {
      const remedy = 'Name it warehouse/NNNN_name.sql, four digits, then lower case letters.';
      report(path, 'migration-name', 'The file is not named as a migration.', remedy);
      continue;
    }
    const number = Number(match[2]);
    const before = migrations.at(-1)?.number ?? 0;
    if (number === before) {
      const message = `Number ${match[2]} already belongs to ${migrations.at(-1)?.name}.`;
      report(path, 'migration-duplicate', message, 'Give the later one the next number.');
    } else if (number !== before + 1) {
      const missing = String(before + 1).padStart(4, '0');
      const remedy = 'Bring the missing file back, or number without a gap.';
      report(path, 'migration-missing', `There is no ${missing} before it.`, remedy);
    }
    const statements = split(text.replaceAll('\r\n', '\n'))
      .filter((statement) => !isOnlyComment(statement))
      .map((statement) => ({ text: statement, checksum: checksumOf(statement) }));
    if (statements.length === 0) {
      report(path, 'migration-empty', 'The file has no statement.', 'Write one, or remove it.');
    }
    migrations.push({ number, name: match[1] ?? '', path, statements });
  }
  return { migrations, problems };
};
