import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MillraceError } from '@millrace/contracts';

/** Earlier versions of a project's files out of git. Reads only; a project outside git has no history. */
const run = promisify(execFile);

const outputBytesMax = 16 * 1024 * 1024;

const git = async (directory: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await run('git', ['-C', directory, ...args], { maxBuffer: outputBytesMax });
  return stdout;
};

/**
 * Reader of files as they were at `ref`; `undefined` when the directory is in no git repository.
 * Throws `contracts.reference-unknown` when git knows no such ref; a repository without a commit has no
 * HEAD and counts as one without files.
 */
export const openGitHistory = async (
  directory: string,
  ref: string,
): Promise<((path: string) => Promise<string | undefined>) | undefined> => {
  try {
    await git(directory, ['rev-parse', '--is-inside-work-tree']);
  } catch {
    return undefined;
  }
  try {
    await git(directory, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  } catch (cause) {
    if (ref === 'HEAD') return undefined;
    throw new MillraceError('contracts.reference-unknown', `git knows no commit named ${ref}`, {
      cause,
    });
  }
  return async (path) => {
    try {
      return await git(directory, ['show', `${ref}:./${path}`]);
    } catch {
      return undefined;
    }
  };
};

/** Paths of the files below a folder of the project at `ref`, from the project's root; none where there is no such commit. */
export const listGitFiles = async (
  directory: string,
  ref: string,
  folder: string,
): Promise<readonly string[]> => {
  try {
    const text = await git(directory, ['ls-tree', '-r', '-z', '--name-only', ref, '--', folder]);
    return text.split('\0').filter((path) => path !== '');
  } catch {
    return [];
  }
};
