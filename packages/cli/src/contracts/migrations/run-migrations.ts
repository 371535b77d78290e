import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import {
  type BegunDecision,
  type Migration,
  type MigrationAction,
  type MigrationStatement,
  MillraceError,
  planMigrations,
} from '@millrace/contracts';
import { type MigrationLock, takeMigrationLock } from './migration-lock.ts';
import { prepareMigrationState, readMigrationState, recordStatement } from './migration-state.ts';

/** Carries migrations out, one statement after the other, each recorded before and after. */
export interface MigrationOptions {
  /** What `{cluster}` stands for. */
  readonly cluster?: string;
  /** Of a statement that was begun and whose end is not known. */
  readonly begun?: BegunDecision;
  readonly onMigrated?: (action: MigrationAction) => void;
}

const expand = (
  { text }: MigrationStatement,
  { name }: Migration,
  database: string,
  cluster: string | undefined,
): string => {
  if (text.includes('{cluster}') && cluster === undefined) {
    throw new MillraceError(
      'contracts.migration-failed',
      `${name} speaks of {cluster}, and MILLRACE_CLICKHOUSE_CLUSTER names none`,
    );
  }
  return text
    .replaceAll('{database}', quoteIdentifier(database))
    .replaceAll('{cluster}', quoteIdentifier(cluster ?? ''));
};

/** A refused INSERT may have left rows, a refused mutation too; any other statement leaves nothing. */
const leavesNothing = ({ text }: MigrationStatement): boolean =>
  !/^\s*(?:INSERT|ALTER\s+TABLE\s[^;]*\b(?:UPDATE|DELETE)\b|DELETE|UPDATE)\b/i.test(text);

const runStatements = async (
  clickhouse: ClickHouse,
  lock: MigrationLock,
  { migration, from }: MigrationAction,
  options: MigrationOptions,
): Promise<void> => {
  const { statements, name } = migration;
  if (from > 1 && options.begun === 'done') {
    await recordStatement(clickhouse, migration, from - 1, 'done', lock.by);
  }
  for (const [at, statement] of statements.entries()) {
    const number = at + 1;
    if (number < from) continue;
    const sql = expand(statement, migration, clickhouse.database, options.cluster);
    await lock.check();
    await recordStatement(clickhouse, migration, number, 'begun', lock.by);
    try {
      await clickhouse.exec(sql);
    } catch (cause) {
      const isRefused = cause instanceof MillraceError && cause.code === 'clickhouse.rejected';
      if (isRefused && leavesNothing(statement)) {
        await recordStatement(clickhouse, migration, number, 'failed', lock.by);
      }
      throw new MillraceError(
        'contracts.migration-failed',
        `${name}, statement ${number} of ${statements.length}: ${(cause as Error).message}`,
        { cause },
      );
    }
    await recordStatement(clickhouse, migration, number, 'done', lock.by);
  }
};

/**
 * Carries out what is left of the migrations; answers how many files it was. What is left is read under the
 * lock, so a run that waited does nothing twice. Rejects with `contracts.migrations-locked`,
 * `contracts.migration-failed` (goes on there next time), `contracts.plan-refused`.
 */
export const runMigrations = async (
  clickhouse: ClickHouse,
  migrations: readonly Migration[],
  options: MigrationOptions = {},
): Promise<number> => {
  const lock = await takeMigrationLock(clickhouse);
  try {
    await prepareMigrationState(clickhouse);
    const records = await readMigrationState(clickhouse);
    const steps = planMigrations(migrations, records, options.begun);
    const refused = steps.find(({ kind }) => kind === 'refused');
    if (refused !== undefined) {
      const text = `migration ${refused.name}: ${refused.line}. ${refused.way ?? ''}`;
      throw new MillraceError('contracts.plan-refused', text);
    }
    const actions = steps.map(({ action }) => action).filter((action) => action !== undefined);
    for (const action of actions) {
      await runStatements(clickhouse, lock, action, options);
      options.onMigrated?.(action);
    }
    return actions.length;
  } finally {
    await lock.release();
  }
};
