import {
  type Contract,
  type PlanStep,
  planSubjects,
  planTables,
  planTopics,
  type SubjectAction,
  type TableAction,
  type TopicAction,
  wantedSubjects,
  wantedTopics,
} from '@millrace/contracts';
import { observeSubjects, observeTables } from './observe-system.ts';
import type { PlatformSystem } from './platform-system.ts';

/** The difference between a project's contracts and a running system. Changes nothing. */
export type ProjectAction = TopicAction | SubjectAction | TableAction;

export interface ProjectPlan {
  /** In the order in which they are applied: topics, subjects, tables, so that data finds its place. */
  readonly steps: readonly PlanStep<ProjectAction>[];
}

/** Rejects with the client's error when Kafka, the registry or ClickHouse cannot be asked. */
export const planProject = async (
  contracts: readonly Contract[],
  { kafka, registry, clickhouse }: PlatformSystem,
): Promise<ProjectPlan> => {
  const topics = wantedTopics(contracts);
  const subjects = wantedSubjects(contracts);
  const [actualTopics, actualSubjects, actualTables] = await Promise.all([
    kafka.describeTopics(topics.map(({ settings }) => settings.name)),
    observeSubjects(registry, subjects),
    observeTables(clickhouse, contracts),
  ]);
  return {
    steps: [
      ...planTopics(topics, actualTopics),
      ...planSubjects(subjects, actualSubjects),
      ...planTables(contracts, actualTables, clickhouse.database),
    ],
  };
};

/** Steps that change something. */
export const pendingSteps = (plan: ProjectPlan): readonly PlanStep<ProjectAction>[] =>
  plan.steps.filter(({ kind }) => kind !== 'unchanged');
