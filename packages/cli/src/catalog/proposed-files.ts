/** The files of a change, for its impact: what was there before, and what is to be. */
import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { ProposedFile } from '@millrace/catalog';
import { MillraceError, type ProjectFile } from '@millrace/contracts';
import { readProjectFiles } from '@millrace/runtime';
import { listGitFiles, openGitHistory } from '../contracts/git-history.ts';

export interface Proposal {
  /** The project at the reference. */
  readonly before: readonly ProjectFile[];
  readonly proposed: readonly ProposedFile[];
}

const projectPath = (directory: string, file: string): string => {
  const path = relative(resolve(directory), resolve(file)).split(sep).join('/');
  if (!path.startsWith('..')) return path;
  throw new MillraceError(
    'contracts.project-invalid',
    `${file} is not in the project ${resolve(directory)}`,
  );
};

const readOrNone = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });

/**
 * @param files as a person names them; a file that is not there is taken as deleted. None: the project as it stands, whole
 * @param ref what they are compared with; without a repository or a commit nothing was there before
 */
export const readProposal = async (
  directory: string,
  files: readonly string[],
  ref: string,
): Promise<Proposal> => {
  const show = await openGitHistory(directory, ref);
  const listed = show === undefined ? [] : await listGitFiles(directory, ref, 'schemas');
  const before: ProjectFile[] = [];
  for (const path of listed) {
    const text = await show?.(path);
    if (text !== undefined) before.push({ path, text });
  }
  if (files.length > 0) {
    const named = files.map(async (file) => ({
      path: projectPath(directory, file),
      text: await readOrNone(file),
    }));
    return { before, proposed: await Promise.all(named) };
  }
  const now = await readProjectFiles(directory);
  const gone = listed.filter((path) => now.every((file) => file.path !== path));
  return { before, proposed: [...now, ...gone.map((path) => ({ path, text: null }))] };
};
