import type { Migration, MigrationStatement } from '../migrations/migration-files.ts';
import type { PlanStep } from './plan-step.ts';

/**
 * Migrations of the project against those that were carried out, statement by statement: a crash in the
 * middle of a file goes on behind the last statement that ended.
 */
export interface StatementRecord {
  readonly number: number;
  /** The migration's file name. */
  readonly name: string;
  /** From 1. */
  readonly statement: number;
  readonly checksum: string;
  /**
   * `done` ended; `begun` was sent and its end was not recorded; `failed` was refused without a trace, so it is
   * as if it had not been sent.
   */
  readonly state: 'begun' | 'done' | 'failed';
}

export interface MigrationAction {
  readonly do: 'migrate';
  readonly migration: Migration;
  /** Statements from here on are carried out; from 1. */
  readonly from: number;
}

/** What is decided of a statement that was begun and whose end is not known. */
export type BegunDecision = 'again' | 'done';

type Step = PlanStep<MigrationAction>;

const repeatable: readonly RegExp[] = [
  /^CREATE\s+OR\s+REPLACE\s/i,
  /^CREATE\s+(?:\w+\s+){1,3}IF\s+NOT\s+EXISTS\s/i,
  /^DROP\s+\w+\s+IF\s+EXISTS\s/i,
  /^ALTER\s+TABLE\s+\S+\s+(?:ADD\s+\w+\s+IF\s+NOT\s+EXISTS|DROP\s+\w+\s+IF\s+EXISTS|MODIFY|COMMENT)\s/i,
  /^(?:GRANT|REVOKE|SYSTEM|OPTIMIZE|TRUNCATE)\s/i,
];

/** True where carrying the statement out twice is the same as once, by its form. */
export const isRepeatable = ({ text }: MigrationStatement): boolean => {
  const bare = text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim();
  return repeatable.some((pattern) => pattern.test(bare));
};

const refused = (name: string, line: string, way: string): Step => ({
  kind: 'refused',
  target: 'migration',
  name,
  line,
  way,
});

const edited = (migration: Migration, records: readonly StatementRecord[]): Step | undefined => {
  const { name, statements } = migration;
  const done = records.filter(({ state }) => state === 'done');
  const renamed = done.find((record) => record.name !== name);
  if (renamed !== undefined) {
    const way = `Bring back ${renamed.name}; what is new belongs into the next number.`;
    return refused(name, `number ${migration.number} was carried out as ${renamed.name}`, way);
  }
  const changed = done.find(
    ({ statement, checksum }) => statements[statement - 1]?.checksum !== checksum,
  );
  if (changed === undefined) return undefined;
  return refused(
    name,
    `statement ${changed.statement} was carried out and is another one in the file now`,
    'Put the file back as it was (git shows it) and write the change as the next migration.',
  );
};

const stepOf = (
  migration: Migration,
  records: readonly StatementRecord[],
  decision: BegunDecision | undefined,
): Step => {
  const { name, statements } = migration;
  const wrong = edited(migration, records);
  if (wrong !== undefined) return wrong;
  const done = records.filter(({ state }) => state === 'done').length;
  if (done === statements.length) {
    return { kind: 'unchanged', target: 'migration', name, line: 'carried out' };
  }
  const next = statements[done] as MigrationStatement;
  const last = records.findLast(({ statement }) => statement === done + 1);
  const isUncertain = last?.state === 'begun' && !isRepeatable(next);
  if (isUncertain && decision === undefined) {
    return refused(
      name,
      `statement ${done + 1} was begun and has no end: it may have been carried out, in part or whole`,
      'Look what it left, then apply with --begun-statement done, or undo it and apply with --begun-statement again.',
    );
  }
  const from = isUncertain && decision === 'done' ? done + 2 : done + 1;
  const left = statements.length - from + 1;
  const line = `run ${left} of ${statements.length} statement${statements.length === 1 ? '' : 's'}`;
  const action = { do: 'migrate', migration, from } as const;
  return { kind: 'create', target: 'migration', name, line, action };
};

/** A step for each migration, in order, and a refused one for each that was carried out and is gone. */
export const planMigrations = (
  migrations: readonly Migration[],
  records: readonly StatementRecord[],
  decision?: BegunDecision,
): readonly Step[] => {
  const gone = new Map(
    records
      .filter(({ number }) => !migrations.some((migration) => migration.number === number))
      .map(({ name }) => [name, name]),
  );
  const lost = [...gone.keys()].map((name) =>
    refused(name, 'was carried out and is no longer in the project', 'Bring the file back.'),
  );
  const steps = migrations.map((migration) =>
    stepOf(
      migration,
      records.filter(({ number }) => number === migration.number),
      decision,
    ),
  );
  return [...lost, ...steps];
};
