import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import {
  type Contract,
  formatProblem,
  MillraceError,
  parseProject,
  withPlatformContracts,
} from '@millrace/contracts';

/** A directory with contracts under `schemas/`, read and checked as a whole. */
export interface Project {
  /** Absolute. */
  readonly directory: string;
  /** The project's, and those of the platform that they need. */
  readonly contracts: readonly Contract[];
}

/** The project's contract files as text, paths relative to the directory, sorted. */
export const readProjectFiles = async (
  directory: string,
): Promise<readonly { path: string; text: string }[]> => {
  const schemas = join(resolve(directory), 'schemas');
  const entries = await readdir(schemas, { recursive: true, withFileTypes: true }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new MillraceError(
        'config.project-invalid',
        `${schemas} cannot be read (${cause.code}). Set MILLRACE_PROJECT to the directory that holds schemas/.`,
        { cause },
      );
    },
  );
  const paths = entries
    .filter((entry) => entry.isFile() && /\.(avsc|odcs\.ya?ml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    paths.map(async (path) => ({
      path: relative(resolve(directory), path).split(sep).join('/'),
      text: await readFile(path, 'utf8'),
    })),
  );
};

/** Reads and checks a project. Throws `config.project-invalid` that lists every problem, one a line. */
export const loadProject = async (directory: string): Promise<Project> => {
  const { contracts, problems } = parseProject(await readProjectFiles(directory));
  if (problems.length > 0)
    throw new MillraceError('config.project-invalid', problems.map(formatProblem).join('\n'));
  return { directory: resolve(directory), contracts: withPlatformContracts(contracts) };
};
