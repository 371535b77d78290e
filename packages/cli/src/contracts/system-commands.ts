import type { BegunDecision, ClusterLayout } from '@millrace/contracts';
import { defineConfig, kafkaSettings, platformSettings, readConfig } from '@millrace/runtime';
import { applyPlan } from './apply.ts';
import { type CommonFlags, plural, print, printJson } from './command-output.ts';
import { driftOf, driftText } from './drift.ts';
import { readMigrations } from './migrations/read-migrations.ts';
import { type ProjectPlan, pendingSteps, planProject } from './plan.ts';
import { planText, stepText } from './plan-text.ts';
import { connectSystem, type PlatformSystem } from './platform-system.ts';
import { readContracts } from './read-contracts.ts';
import { sinkGroup } from './sink-group.ts';

/**
 * `plan` and `apply`: the subcommands that ask a running system. Loaded only for these two, since the
 * clients take longer to load than `check` takes to run.
 */
const systemConfig = defineConfig('contracts', {
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  clickhouseUrl: platformSettings.clickhouseUrl,
  clickhouseCluster: platformSettings.clickhouseCluster,
  clickhouseReplicated: platformSettings.clickhouseReplicated,
  clickhouseSharded: platformSettings.clickhouseSharded,
  sinkGroup,
});

const settings = () => readConfig(systemConfig, process.env);

/** Where tables are kept; empty without a cluster. */
const layoutOption = (): { layout?: ClusterLayout } => {
  const { clickhouseCluster: cluster, clickhouseReplicated, clickhouseSharded } = settings();
  if (cluster === '') return {};
  return { layout: { cluster, isReplicated: clickhouseReplicated, isSharded: clickhouseSharded } };
};

const withSystem = async <Result>(
  work: (system: PlatformSystem) => Promise<Result>,
): Promise<Result> => {
  const system = connectSystem(settings(), (why) =>
    process.stderr.write(`the registry is asked again for half a minute: ${why}\n`),
  );
  try {
    return await work(system);
  } finally {
    await system.close();
  }
};

const hasBlockers = ({ steps }: ProjectPlan) =>
  steps.some(({ kind }) => kind === 'refused' || kind === 'destructive');

/** `millrace contracts plan` */
export const plan = async (flags: CommonFlags) => {
  const contracts = await readContracts(flags.project);
  const migrations = await readMigrations(flags.project);
  const result = await withSystem((system) =>
    planProject(contracts, system, { migrations, ...layoutOption() }),
  );
  if (hasBlockers(result)) process.exitCode = 1;
  if (flags.json) printJson({ steps: result.steps });
  else print(planText(result));
};

/** `millrace contracts drift` */
export const drift = async (flags: CommonFlags) => {
  const contracts = await readContracts(flags.project);
  const migrations = await readMigrations(flags.project);
  const found = await withSystem((system) =>
    driftOf(contracts, system, { migrations, ...layoutOption() }),
  );
  if (found.length > 0) process.exitCode = 1;
  if (flags.json) printJson({ drift: found });
  else print(driftText(found));
};

interface ApplyFlags extends CommonFlags {
  readonly allowDestructive: boolean;
  readonly begunStatement?: BegunDecision;
}

/** `millrace contracts apply` */
export const apply = async (flags: ApplyFlags) => {
  const contracts = await readContracts(flags.project);
  const migrations = await readMigrations(flags.project);
  const begun = flags.begunStatement === undefined ? {} : { begun: flags.begunStatement };
  const { clickhouseCluster: cluster } = settings();
  await withSystem(async (system) => {
    const result = await planProject(contracts, system, {
      migrations,
      ...begun,
      ...layoutOption(),
    });
    const applied = await applyPlan(result, system, {
      allowDestructive: flags.allowDestructive,
      migrations: { ...(cluster === '' ? {} : { cluster }), ...begun },
      sinkGroup: settings().sinkGroup,
      onWaiting: (why) => void process.stderr.write(`${why}\n`),
      onApplied: (step) => {
        if (!flags.json) print(stepText(step));
      },
    });
    if (flags.json) printJson({ applied, steps: pendingSteps(result) });
    else if (applied === 0) print(planText(result));
    else print(`\n${plural(applied, 'change')} applied.`);
  });
};
