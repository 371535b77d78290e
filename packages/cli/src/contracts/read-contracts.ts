import {
  type Contract,
  formatProblem,
  MillraceError,
  parseProject,
  withPlatformContracts,
} from '@millrace/contracts';
import { readProjectFiles } from '@millrace/runtime';
import { plural } from './command-output.ts';

/** The project's own contracts. Throws `contracts.project-invalid` with every problem, one a line. */
export const readOwnContracts = async (directory: string): Promise<readonly Contract[]> => {
  const { contracts, problems } = parseProject(await readProjectFiles(directory));
  if (problems.length === 0) return contracts;
  throw new MillraceError(
    'contracts.project-invalid',
    `the contracts have ${plural(problems.length, 'problem')}:\n${problems.map(formatProblem).join('\n')}`,
  );
};

/** The same, and those of the platform that they need. */
export const readContracts = async (directory: string): Promise<readonly Contract[]> =>
  withPlatformContracts(await readOwnContracts(directory));
