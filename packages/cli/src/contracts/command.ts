import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import {
  type Contract,
  type ContractProblem,
  formatProblem,
  MillraceError,
  parseProject,
  renderTypes,
} from '@millrace/contracts';
import { defineConfig, platformSettings, readConfig, readProjectFiles } from '@millrace/runtime';
import { Command } from 'commander';
import { applyPlan } from './apply.ts';
import { type CheckResult, checkAgainstGit, checkAgainstRegistry } from './check.ts';
import { type ProjectPlan, pendingSteps, planProject } from './plan.ts';
import { planText, stepText } from './plan-text.ts';
import { connectSystem, type PlatformSystem } from './platform-system.ts';

/**
 * `millrace contracts check|plan|apply|types`: flags, printing and exit codes. 0: as it should be; 1: the
 * contracts are wrong, or the plan holds steps that may not be applied.
 */
const systemConfig = defineConfig('contracts', {
  kafkaBrokers: platformSettings.kafkaBrokers,
  registryUrl: platformSettings.registryUrl,
  clickhouseUrl: platformSettings.clickhouseUrl,
});

const registryConfig = defineConfig('contracts', { registryUrl: platformSettings.registryUrl });

interface CommonFlags {
  readonly project: string;
  readonly json: boolean;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

const printProblems = (problems: readonly ContractProblem[]) => {
  for (const problem of problems) print(formatProblem(problem));
  print(`\n${plural(problems.length, 'problem')}`);
};

/** Throws `contracts.project-invalid` with every problem, one a line. */
const readContracts = async (directory: string): Promise<readonly Contract[]> => {
  const { contracts, problems } = parseProject(await readProjectFiles(directory));
  if (problems.length === 0) return contracts;
  throw new MillraceError(
    'contracts.project-invalid',
    `the contracts have ${plural(problems.length, 'problem')}:\n${problems.map(formatProblem).join('\n')}`,
  );
};

const withSystem = async <Result>(
  work: (system: PlatformSystem) => Promise<Result>,
): Promise<Result> => {
  const system = connectSystem(readConfig(systemConfig, process.env));
  try {
    return await work(system);
  } finally {
    await system.close();
  }
};

const runCheck = (directory: string, against: string): Promise<CheckResult> => {
  if (against !== 'registry') return checkAgainstGit(directory, against);
  const { registryUrl } = readConfig(registryConfig, process.env);
  return checkAgainstRegistry(directory, createRegistryClient({ url: registryUrl }));
};

const check = async (flags: CommonFlags & { against: string }) => {
  const { contracts, problems, compared, against } = await runCheck(flags.project, flags.against);
  if (problems.length > 0) process.exitCode = 1;
  if (flags.json) {
    printJson({ ok: problems.length === 0, against, compared, problems });
    return;
  }
  if (problems.length > 0) {
    printProblems(problems);
    return;
  }
  print(`${plural(contracts.length, 'contract')} in order; ${compared} compared with ${against}.`);
};

const hasBlockers = ({ steps }: ProjectPlan) =>
  steps.some(({ kind }) => kind === 'refused' || kind === 'destructive');

const plan = async (flags: CommonFlags) => {
  const contracts = await readContracts(flags.project);
  const result = await withSystem((system) => planProject(contracts, system));
  if (hasBlockers(result)) process.exitCode = 1;
  if (flags.json) printJson(result);
  else print(planText(result));
};

const apply = async (flags: CommonFlags & { allowDestructive: boolean }) => {
  const contracts = await readContracts(flags.project);
  await withSystem(async (system) => {
    const result = await planProject(contracts, system);
    const applied = await applyPlan(result, system, {
      allowDestructive: flags.allowDestructive,
      onApplied: (step) => {
        if (!flags.json) print(stepText(step));
      },
    });
    if (flags.json) printJson({ applied, steps: pendingSteps(result) });
    else if (applied === 0) print(planText(result));
    else print(`\n${plural(applied, 'change')} applied.`);
  });
};

const types = async (flags: { project: string; out?: string }) => {
  const text = renderTypes(await readContracts(flags.project));
  if (flags.out === undefined) {
    process.stdout.write(text);
    return;
  }
  await mkdir(dirname(flags.out), { recursive: true });
  await writeFile(flags.out, text);
};

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option(
      '--project <dir>',
      'directory that holds schemas/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    );

const addresses =
  '\nReads MILLRACE_KAFKA_BROKERS, MILLRACE_REGISTRY_URL and MILLRACE_CLICKHOUSE_URL.';

export const contractsCommand = (): Command =>
  new Command('contracts')
    .description('check contracts and make topics, subjects and tables agree with them')
    .addCommand(
      subcommand('check', 'find everything wrong with the contracts, without a running system')
        .option('--against <ref>', 'git ref to compare with, or "registry"', 'HEAD')
        .option('--json', 'print JSON', false)
        .action(check),
    )
    .addCommand(
      subcommand('plan', 'print what apply would change')
        .option('--json', 'print JSON', false)
        .addHelpText('after', addresses)
        .action(plan),
    )
    .addCommand(
      subcommand('apply', 'change the running system to what the contracts say')
        .option('--allow-destructive', 'also do what loses or reorders data', false)
        .option('--json', 'print JSON', false)
        .addHelpText('after', addresses)
        .action(apply),
    )
    .addCommand(
      subcommand('types', 'write TypeScript types of the streams')
        .option('--out <file>', 'write here instead of standard output')
        .action(types),
    );
