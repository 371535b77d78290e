import { MillraceError, type PlanStep } from '@millrace/contracts';
import { cutRollup, dropRollup, fillRollup } from './cut-rollup.ts';
import { type MigrationOptions, runMigrations } from './migrations/run-migrations.ts';
import { type ProjectAction, type ProjectPlan, pendingSteps } from './plan.ts';
import type { PlatformSystem } from './platform-system.ts';
import { defaultSinkGroup } from './sink-group.ts';

/**
 * Carries a plan out. All or nothing before the first change: one refused step and nothing is done, so
 * that no schema is registered whose table could not follow.
 */
export interface ApplyOptions {
  /** Also carry out the steps that lose or reorder data. */
  readonly allowDestructive?: boolean;
  readonly migrations?: MigrationOptions;
  /** The sink that a rollup may have to wait for. */
  readonly sinkGroup?: string;
  /** Called after each step that was carried out. */
  readonly onApplied?: (step: PlanStep<ProjectAction>) => void;
  /** Called for a rollup that the next apply has to complete, with why. */
  readonly onWaiting?: (why: string) => void;
}

const blocked = (
  plan: ProjectPlan,
  allowDestructive: boolean,
): readonly PlanStep<ProjectAction>[] =>
  plan.steps.filter(
    ({ kind }) => kind === 'refused' || (kind === 'destructive' && !allowDestructive),
  );

const carryOut = async (
  action: ProjectAction,
  system: PlatformSystem,
  sinkGroup: string,
): Promise<void> => {
  switch (action.do) {
    case 'create-topic':
      await system.kafka.createTopics([action.topic]);
      return;
    case 'alter-topic-config':
      return system.kafka.alterTopicConfig(action.name, action.config);
    case 'add-partitions':
      return system.kafka.addPartitions(action.name, action.partitions);
    case 'set-compatibility':
      return system.registry.setCompatibility(action.subject, action.level);
    case 'register-schema':
      await system.registry.register(action.subject, action.schemaText);
      return;
    case 'cut-rollup':
      return cutRollup(system.clickhouse, action);
    case 'fill-rollup':
      return fillRollup(system.clickhouse, system.kafka, sinkGroup, action);
    case 'drop-rollup':
      return dropRollup(system.clickhouse, action);
    case 'execute':
      await system.clickhouse.exec(action.statement);
      if (action.afterwards !== undefined) await system.clickhouse.exec(action.afterwards);
      return;
    case 'migrate':
      // Together and under their lock, at the end.
      return;
  }
};

/**
 * Makes the system as the contracts say; answers the number of steps carried out, 0 when there was nothing
 * to do. Rejects with `contracts.plan-refused`, naming each blocked step and its way out, before anything
 * is changed; and with the client's error when a step fails, after which a new plan goes on from there.
 */
export const applyPlan = async (
  plan: ProjectPlan,
  system: PlatformSystem,
  options: ApplyOptions = {},
): Promise<number> => {
  const blockers = blocked(plan, options.allowDestructive ?? false);
  if (blockers.length > 0) {
    const lines = blockers.map(
      ({ target, name, line, way }) => `${target} ${name}: ${line}. ${way ?? ''}`,
    );
    throw new MillraceError(
      'contracts.plan-refused',
      `nothing was applied; ${blockers.length} step${blockers.length === 1 ? '' : 's'} cannot be done safely:\n${lines.join('\n')}`,
    );
  }
  let applied = 0;
  /** Rollups whose view would read a table that is not there yet. */
  const waiting = new Set<string>();
  const carryOutStep = async (step: PlanStep<ProjectAction>): Promise<void> => {
    const { action } = step;
    if (action === undefined || waiting.has(step.name)) return;
    try {
      await carryOut(action, system, options.sinkGroup ?? defaultSinkGroup);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'contracts.rollup-waits') throw error;
      if (action.do === 'fill-rollup') waiting.add(action.rollup);
      options.onWaiting?.(error.message);
      return;
    }
    applied += 1;
    options.onApplied?.(step);
  };
  const migrate = async (steps: readonly PlanStep<ProjectAction>[]): Promise<void> => {
    const migrations = plan.migrations;
    await runMigrations(system.clickhouse, migrations, {
      ...options.migrations,
      onMigrated: (action) => {
        applied += 1;
        const step = steps.find(({ name }) => name === action.migration.name);
        if (step !== undefined) options.onApplied?.(step);
      },
    });
  };
  const pending = pendingSteps(plan);
  // Topics do not depend on each other and the broker takes its time for each, so they go together.
  await Promise.all(pending.filter(({ target }) => target === 'topic').map(carryOutStep));
  const migrating = pending.filter(({ target }) => target === 'migration');
  const others = pending.filter(({ target }) => target !== 'topic' && target !== 'migration');
  for (const step of others) await carryOutStep(step);
  if (migrating.length > 0) await migrate(migrating);
  return applied;
};
