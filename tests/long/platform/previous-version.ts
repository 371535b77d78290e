/**
 * An older version of Millrace to upgrade from: a checkout in a folder of its own, with the modules that its lockfile
 * names. Which version, is said here alone.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { thisVersion } from './platform.ts';

/**
 * N-1: what MILLRACE_PREVIOUS names, else the last release, else the commit that ended the work before upgrades were
 * tested. A path with sources of another version must not be under node_modules, where Node strips no types.
 */
const COMMIT_WITHOUT_A_RELEASE = '76d6dfc';

const run = promisify(execFile);
const git = async (...args: string[]): Promise<string> =>
  (await run('git', ['-C', thisVersion, ...args], { maxBuffer: 1e9 })).stdout.trim();

/** The git reference of N-1. */
export const previousReference = async (): Promise<string> =>
  process.env['MILLRACE_PREVIOUS'] ??
  (await git('describe', '--tags', '--abbrev=0', '--match', 'v*').catch(
    () => COMMIT_WITHOUT_A_RELEASE,
  ));

export interface Checkout {
  /** With a slash at the end. */
  readonly root: string;
  /** The commit, short, with its subject. */
  readonly name: string;
  remove(): Promise<void>;
}

/** Checks a version out; its modules are linked from here where both lockfiles are one, installed otherwise. */
export async function checkOut(reference: string): Promise<Checkout> {
  const commit = await git('rev-parse', '--verify', `${reference}^{commit}`);
  const root = join(thisVersion, '.millrace', 'previous', commit.slice(0, 12));
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  await run('sh', ['-c', `git -C '${thisVersion}' archive ${commit} | tar -x -C '${root}'`]);
  const lockfile = (of: string) => readFile(join(of, 'package-lock.json'), 'utf8');
  if ((await lockfile(root)) === (await lockfile(thisVersion))) {
    // Hard links of files, and the workspaces' own links, which are relative and so lead into this checkout.
    await run('cp', ['-al', join(thisVersion, 'node_modules'), join(root, 'node_modules')]);
  } else {
    await run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
      ...{ cwd: root, maxBuffer: 1e8 },
    });
    // The one package whose file is fetched by its script; Node itself is the one that runs this.
    await cp(join(thisVersion, 'node_modules', 'node'), join(root, 'node_modules', 'node'), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  return {
    root: `${root}/`,
    name: await git('log', '-1', '--format=%h %s', commit),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
