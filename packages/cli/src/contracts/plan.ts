import {
  type BegunDecision,
  type ClusterLayout,
  type Contract,
  type Migration,
  type MigrationAction,
  type PlanStep,
  planMigrations,
  planSubjects,
  planTables,
  planTopics,
  type SubjectAction,
  type TableAction,
  type TopicAction,
  wantedSubjects,
  wantedTopics,
} from '@millrace/contracts';
import { readMigrationState } from './migrations/migration-state.ts';
import { observeSubjects, observeTables } from './observe-system.ts';
import type { PlatformSystem } from './platform-system.ts';

/** The difference between a project's contracts and a running system. Changes nothing. */
export type ProjectAction = TopicAction | SubjectAction | TableAction | MigrationAction;

export interface ProjectPlan {
  /**
   * In the order in which they are applied: topics, subjects, tables, so that data finds its place; then
   * what people wrote on top of the tables.
   */
  readonly steps: readonly PlanStep<ProjectAction>[];
  /** All of the project: what is left of them is read anew under their lock. */
  readonly migrations: readonly Migration[];
}

export interface PlanOptions {
  readonly migrations?: readonly Migration[];
  readonly begun?: BegunDecision;
  /** Absent: the tables are kept on the one server. */
  readonly layout?: ClusterLayout;
}

/** Rejects with the client's error when Kafka, the registry or ClickHouse cannot be asked. */
export const planProject = async (
  contracts: readonly Contract[],
  { kafka, registry, clickhouse }: PlatformSystem,
  { migrations = [], begun, layout }: PlanOptions = {},
): Promise<ProjectPlan> => {
  const topics = wantedTopics(contracts);
  const subjects = wantedSubjects(contracts);
  const [actualTopics, actualSubjects, actualTables, records] = await Promise.all([
    kafka.describeTopics(topics.map(({ settings }) => settings.name)),
    observeSubjects(registry, subjects),
    observeTables(clickhouse, contracts, layout),
    readMigrationState(clickhouse),
  ]);
  return {
    migrations,
    steps: [
      ...planTopics(topics, actualTopics),
      ...planSubjects(subjects, actualSubjects),
      ...planTables(contracts, actualTables, clickhouse.database, layout),
      ...planMigrations(migrations, records, begun),
    ],
  };
};

/** Steps that change something. */
export const pendingSteps = (plan: ProjectPlan): readonly PlanStep<ProjectAction>[] =>
  plan.steps.filter(({ kind }) => kind !== 'unchanged');
