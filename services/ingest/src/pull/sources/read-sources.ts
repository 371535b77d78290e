/** All sources of a project: the files under `sources/`. None where there is no such directory. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Contract,
  type ContractProblem,
  formatProblem,
  MillraceError,
} from '@millrace/contracts';
import type { SourceDeclaration } from './source-declaration.ts';

/** Those that a service follows: the others are loaded by hand alone. */
export const followedSources = (
  sources: readonly SourceDeclaration[],
): readonly SourceDeclaration[] => sources.filter(({ everyMs }) => Number.isFinite(everyMs));

/** Throws `config.source-invalid` that lists every problem, one a line. @param directory of the project */
export const readSources = async (
  directory: string,
  contracts: readonly Contract[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly SourceDeclaration[]> => {
  const names = await readdir(join(directory, 'sources')).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  const files = names.filter((one) => /\.ya?ml$/.test(one)).sort();
  if (files.length === 0) return [];
  // What reads declarations weighs several MB, which a door without sources need not hold.
  const { readSource } = await import('./read-source.ts');
  const sources: SourceDeclaration[] = [];
  const problems: ContractProblem[] = [];
  for (const name of files) {
    const file = `sources/${name}`;
    const text = await readFile(join(directory, file), 'utf8');
    const reading = readSource({ file, text, contracts, env });
    if ('problems' in reading) problems.push(...reading.problems);
    else sources.push(reading.source);
  }
  for (const { name, file } of sources) {
    const first = sources.find((source) => source.name === name)!;
    if (first.file !== file)
      problems.push({
        ...{ file, field: 'name', rule: 'source' },
        message: `${first.file} is called ${name}, too`,
        remedy: 'Give each source a name of its own: its position is kept under it.',
      });
  }
  if (problems.length > 0)
    throw new MillraceError('config.source-invalid', problems.map(formatProblem).join('\n'));
  return sources;
};
