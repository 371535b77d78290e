import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type ContractProblem,
  formatProblem,
  renderTransformTypes,
  renderTypes,
} from '@millrace/contracts';
import { defineConfig, platformSettings, readConfig } from '@millrace/runtime';
import { Command, Option } from 'commander';
import { type CheckResult, checkAgainstGit, checkAgainstRegistry } from './check.ts';
import { type CommonFlags, plural, print, printJson } from './command-output.ts';
import { readOwnContracts } from './read-contracts.ts';

/**
 * `millrace contracts check|plan|apply|drift|rebuild|types`: flags, printing and exit codes. 0: as it should be; 1: the
 * contracts are wrong, or the plan holds steps that may not be applied.
 */
const registryConfig = defineConfig('contracts', { registryUrl: platformSettings.registryUrl });

const printProblems = (problems: readonly ContractProblem[]) => {
  for (const problem of problems) print(formatProblem(problem));
  print(`\n${plural(problems.length, 'problem')}`);
};

const runCheck = async (directory: string, against: string): Promise<CheckResult> => {
  if (against !== 'registry') return checkAgainstGit(directory, against);
  const { createRegistryClient } = await import('@millrace/avro');
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

/** What the types are for: what a producer sends, or what a transform reads and writes. */
const typesFor = { producers: renderTypes, transforms: renderTransformTypes } as const;

const types = async (flags: { project: string; for: keyof typeof typesFor; out?: string }) => {
  const text = typesFor[flags.for](await readOwnContracts(flags.project));
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
  '\nReads MILLRACE_KAFKA_BROKERS, MILLRACE_REGISTRY_URL, MILLRACE_CLICKHOUSE_URL;\nof a cluster MILLRACE_CLICKHOUSE_CLUSTER, _REPLICATED and _SHARDED.';

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
        .action(async (flags) => (await import('./system-commands.ts')).plan(flags)),
    )
    .addCommand(
      subcommand('apply', 'change the running system to what the contracts say')
        .option('--allow-destructive', 'also do what loses or reorders data', false)
        .addOption(
          new Option(
            '--begun-statement <what>',
            'of a migration whose statement was begun and has no end: carry it out again, or take it as done',
          ).choices(['again', 'done']),
        )
        .option('--json', 'print JSON', false)
        .addHelpText(
          'after',
          `${addresses}\nMILLRACE_SINK_GROUP is the group of the sink that a new rollup waits for.`,
        )
        .action(async (flags) => (await import('./system-commands.ts')).apply(flags)),
    )
    .addCommand(
      subcommand('drift', 'find what the running system has that the contracts do not say')
        .option('--json', 'print JSON', false)
        .addHelpText('after', `${addresses}\nExit code 1 when there is any.`)
        .action(async (flags) => (await import('./system-commands.ts')).drift(flags)),
    )
    .addCommand(
      subcommand('rebuild', 'give a table what it cannot become in place, while data flows')
        .argument('<contract>', 'id of the contract')
        .option('--json', 'print JSON', false)
        .addHelpText(
          'after',
          `${addresses}\nMILLRACE_SINK_GROUP is the group of the sink that goes on.`,
        )
        .action(async (id, flags) => (await import('./rebuild/command.ts')).rebuild(id, flags)),
    )
    .addCommand(
      subcommand('types', 'write TypeScript types of the streams')
        .addOption(
          new Option('--for <whom>', 'what producers send, or what transforms read and write')
            .choices(Object.keys(typesFor))
            .default('producers'),
        )
        .option('--out <file>', 'write here instead of standard output')
        .action(types),
    );
