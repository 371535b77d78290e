import { MillraceError } from '@millrace/contracts';
import { Command, Option } from 'commander';
import { type CommonFlags, plural, print, printJson } from '../contracts/command-output.ts';
import { readCaseFiles } from './cases/case-files.ts';
import { reportText } from './cases/report-text.ts';
import { runCase } from './cases/run-case.ts';
import { checkTransform } from './check-transform.ts';
import { graphMermaid, graphText } from './graph-text.ts';
import { graphView } from './graph-view.ts';
import { loadTransforms } from './load-transforms.ts';

/**
 * `millrace transform check|test|graph`: flags, printing and exit codes. 0: as it should be; 1: a transform or
 * a case is wrong. Nothing of it needs a running system.
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

const graph = async (
  name: string | undefined,
  flags: { readonly project: string; readonly format: keyof typeof views | 'json' },
): Promise<void> => {
  const { contracts, transforms } = await loadTransforms(flags.project);
  const wanted = transforms.filter(({ transform }) => (name ?? transform.name) === transform.name);
  if (name !== undefined && wanted.length === 0) {
    const names = transforms.map(({ transform }) => transform.name).join(', ');
    throw new MillraceError(
      'transform.unknown',
      `there is no transform '${name}'; there are: ${names}`,
    );
  }
  const found = wanted.map(({ transform }) => graphView(transform, contracts));
  if (flags.format === 'json') printJson(found);
  else print(found.map(views[flags.format]).join('\n\n'));
};

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option(
      '--project <dir>',
      'directory that holds schemas/ and transforms/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    );

export const transformCommand = (): Command =>
  new Command('transform')
    .description('check, test and draw the transforms of a project')
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
    );
