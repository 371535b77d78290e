/**
 * `millrace quality canary init`: puts the canary's contract into a project, which is what switches it on; `millrace quality token` is
 * new-token.ts, `rules`, `run` and `results` are rules.ts. `millrace quality` alone runs the service.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError, platformFilesOf } from '@millrace/contracts';
import { Command } from 'commander';
import { print } from '../contracts/command-output.ts';
import { tokenCommand } from './new-token.ts';
import { ruleCommands } from './rules.ts';

const initCanary = async ({ project }: { project: string }): Promise<void> => {
  for (const { path, text } of platformFilesOf('canary') ?? []) {
    const file = join(project, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${text}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new MillraceError('config.invalid', `${file} is there already; it is left as it is`);
    });
    print(`wrote ${path}`);
  }
  print('Now: millrace contracts apply, and start ingest, sink and quality again on this project.');
};

export const qualityCommand = (): Command => {
  const command = new Command('quality')
    .description('watches what the others do: the service, and what a person sets up for it')
    .addCommand(tokenCommand())
    .addCommand(
      new Command('canary')
        .description('an event that the platform sends through itself')
        .addCommand(
          new Command('init')
            .description('write its contract into the project: schemas/millrace/canary.*')
            .option(
              '--project <dir>',
              'directory that holds schemas/ (MILLRACE_PROJECT)',
              process.env['MILLRACE_PROJECT'] ?? process.cwd(),
            )
            .action(initCanary),
        ),
    );
  for (const one of ruleCommands()) command.addCommand(one);
  return command;
};
