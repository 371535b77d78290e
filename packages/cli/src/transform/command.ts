import { MillraceError } from '@millrace/contracts';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { defineConfig, kafkaSettings, readConfig } from '@millrace/runtime';
import { graphView } from '@millrace/streams';
import { Command, Option } from 'commander';
import { type CommonFlags, plural, print, printJson } from '../contracts/command-output.ts';
import { parseMoment } from '../verify/moment.ts';
import { beginAt, streamTopics } from './begin-at.ts';
import { differencesText } from './beside/compare-results.ts';
import { replayBeside } from './beside/replay-beside.ts';
import { readCaseFiles } from './cases/case-files.ts';
import { reportText } from './cases/report-text.ts';
import { runCase } from './cases/run-case.ts';
import { checkTransform } from './check-transform.ts';
import { graphMermaid, graphText } from './graph-text.ts';
import { type LoadedTransforms, loadTransforms } from './load-transforms.ts';
import { applyReset, planReset, resetText, type TransformReset } from './reset-transform.ts';
import { readStatus } from './status/read-status.ts';
import { concerns, stateOf, statusText } from './status/status-text.ts';

/**
 * `millrace transform check|test|graph|status|reset|replay`: flags, printing and exit codes. 0: as it should be; 1: a
 * transform or a case is wrong, or somebody has to look. Only the last three need Kafka; none needs the service.
 */
const check = async (flags: CommonFlags): Promise<void> => {
  const { contracts, transforms } = await loadTransforms(flags.project);
  const checked = transforms.map(({ path, transform }) => ({
    path,
    transform: transform.name,
    problems: checkTransform(transform, contracts),
  }));
  const problems = checked.flatMap((one) => one.problems.map((text) => `${one.path}: ${text}`));
  if (problems.length > 0) process.exitCode = 1;
  if (flags.json) {
    printJson({ ok: problems.length === 0, transforms: checked });
    return;
  }
  for (const problem of problems) print(problem);
  print(
    problems.length > 0
      ? `\n${plural(problems.length, 'problem')}`
      : `${plural(transforms.length, 'transform')} in order.`,
  );
};

const test = async (paths: readonly string[], flags: CommonFlags): Promise<void> => {
  const loaded = await loadTransforms(flags.project);
  const files = await readCaseFiles(flags.project, loaded, paths);
  const results = [];
  for (const { path, transform, cases } of files) {
    const ofFile = [];
    for (const one of cases) ofFile.push(await runCase(transform, loaded.contracts, one));
    results.push({ path, transform: transform.name, cases: ofFile });
  }
  const all = results.flatMap(({ cases }) => cases);
  const failed = all.filter(({ differences }) => differences.length > 0).length;
  if (failed > 0) process.exitCode = 1;
  if (flags.json) {
    printJson({ ok: failed === 0, files: results });
    return;
  }
  for (const { path, cases } of results) print(`${reportText(path, cases)}\n`);
  print(`${all.length - failed} as expected, ${failed} different`);
};

const views = { text: graphText, mermaid: graphMermaid } as const;

/** Throws `transform.unknown`. */
const named = ({ transforms }: LoadedTransforms, name: string | undefined) => {
  const wanted = transforms.filter(({ transform }) => (name ?? transform.name) === transform.name);
  if (name === undefined || wanted.length > 0) return wanted.map(({ transform }) => transform);
  const names = transforms.map(({ transform }) => transform.name).join(', ');
  throw new MillraceError(
    'transform.unknown',
    `there is no transform '${name}'; there are: ${names}`,
  );
};

const graph = async (
  name: string | undefined,
  flags: { readonly project: string; readonly format: keyof typeof views | 'json' },
): Promise<void> => {
  const loaded = await loadTransforms(flags.project);
  const found = named(loaded, name).map((one) => graphView(one, loaded.contracts));
  if (flags.format === 'json') printJson(found);
  else print(found.map(views[flags.format]).join('\n\n'));
};

const statusConfig = defineConfig('stream-transform', kafkaSettings);

const connect = () => {
  const settings = readConfig(statusConfig, process.env);
  const connection = kafkaConnection(settings, 'millrace-cli', silentLogger);
  return { connection, admin: createAdmin(connection) };
};

const status = async (name: string | undefined, flags: CommonFlags): Promise<void> => {
  const loaded = await loadTransforms(flags.project);
  const wanted = named(loaded, name);
  const { connection, admin } = connect();
  try {
    const readers = { connection, admin, contracts: loaded.contracts, nowMs: Date.now() };
    const found = await Promise.all(wanted.map((one) => readStatus(one, readers)));
    if (found.some((one) => stateOf(one) === 'stuck')) process.exitCode = 1;
    if (flags.json) {
      printJson(found.map((one) => ({ state: stateOf(one), concerns: concerns(one), ...one })));
    } else print(found.map(statusText).join('\n\n'));
  } finally {
    await admin.close();
  }
};

interface ResetFlags extends CommonFlags {
  readonly dryRun: boolean;
  readonly yes: boolean;
}

interface ReplayFlags extends ResetFlags {
  readonly from?: string;
  readonly into?: string;
  readonly drop: boolean;
}

const reset = (name: string, flags: ResetFlags) => beginAnew(name, flags, 'keep');

const replay = (name: string, flags: ReplayFlags) =>
  flags.into === undefined
    ? beginAnew(name, flags, 'forget', flags.from)
    : besideLive(name, flags, flags.into);

const besideLive = async (name: string, flags: ReplayFlags, suffix: string): Promise<void> => {
  const loaded = await loadTransforms(flags.project);
  const [wanted] = named(loaded, name);
  const { connection, admin } = connect();
  try {
    const fromMs = flags.from === undefined ? undefined : parseMoment(flags.from, Date.now());
    const outputs = await replayBeside(
      wanted!,
      { project: flags.project, suffix, fromMs, drop: flags.drop },
      {
        ...{ connection, admin, contracts: loaded.contracts },
        onProgress: (left) => {
          if (!flags.json) process.stderr.write(`${plural(left, 'record')} left\n`);
        },
      },
    );
    if (flags.json) printJson({ transform: name, into: suffix, dropped: flags.drop, outputs });
    else print(outputs.map(differencesText).join('\n'));
  } finally {
    await admin.close();
  }
};

const beginAnew = async (
  name: string,
  flags: ResetFlags,
  offsets: TransformReset['offsets'],
  from?: string,
): Promise<void> => {
  const loaded = await loadTransforms(flags.project);
  const [wanted] = named(loaded, name);
  const fromMs = from === undefined ? undefined : parseMoment(from, Date.now());
  const { connection, admin } = connect();
  try {
    const plan = await planReset(connection, admin, wanted!, offsets);
    const isDone = flags.yes && !flags.dryRun;
    if (isDone) {
      await applyReset(admin, plan);
      const topics = streamTopics(wanted!, loaded.contracts);
      if (fromMs !== undefined) await beginAt(admin, plan.group, topics, fromMs);
    } else if (!flags.dryRun) process.exitCode = 1;
    if (flags.json) printJson({ done: isDone, ...plan });
    else {
      print(resetText({ ...plan, ...(from !== undefined && { from }) }, isDone));
      if (!isDone && !flags.dryRun) print('Nothing was done: say --yes.');
    }
  } finally {
    await admin.close();
  }
};

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option(
      '--project <dir>',
      'directory that holds schemas/ and transforms/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    );

const beginning = (name: string, description: string): Command =>
  subcommand(name, description)
    .argument('<name>', 'the transform')
    .option('--dry-run', 'only tell what would be deleted', false)
    .option('--yes', 'do it', false)
    .option('--json', 'print JSON', false);

export const transformCommand = (): Command =>
  new Command('transform')
    .description('check, test and draw the transforms of a project; how they stand, and begin anew')
    .addCommand(
      subcommand('check', 'load every transform and hold it against the contracts')
        .option('--json', 'print JSON', false)
        .action(check),
    )
    .addCommand(
      subcommand('test', 'run the cases beside the transforms, without a running system')
        .argument('[files...]', 'only these, e.g. transforms/delays.cases.yaml')
        .option('--json', 'print JSON', false)
        .action(test),
    )
    .addCommand(
      subcommand('graph', 'draw what a transform reads, keeps and writes')
        .argument('[name]', 'one transform; all when left out')
        .addOption(
          new Option('--format <format>', 'text, mermaid or json')
            .choices([...Object.keys(views), 'json'])
            .default('text'),
        )
        .action(graph),
    )
    .addCommand(
      subcommand(
        'status',
        'of each partition that is read: committed, lag, event time; exit code 1 when somebody has to look',
      )
        .argument('[name]', 'one transform; all when left out')
        .option('--json', 'print JSON', false)
        .action(status),
    )
    .addCommand(
      beginning('reset', 'forget the state of a transform that no instance runs').action(reset),
    )
    .addCommand(
      beginning(
        'replay',
        'also forget how far it has read: at its next start it tells every result again',
      )
        .option(
          '--from <moment>',
          'not from the first record but from here, e.g. 2026-05-01T12:00:00Z or 24h',
        )
        .option(
          '--into <suffix>',
          'beside the live one, into topics with this behind their names; then say how the results differ',
        )
        .option('--drop', 'with --into: delete what the run beside has made', false)
        .action(replay),
    );
