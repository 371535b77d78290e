/** Why a release is not made: what was asked for, held against the repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

export interface Asked {
  readonly version?: string | undefined;
  readonly tested: boolean;
  readonly dryRun: boolean;
  readonly publish: boolean;
}

/** A sentence; undefined when nothing is in the way. */
export function refusal(root: string, asked: Asked): string | undefined {
  const { version, tested, dryRun, publish } = asked;
  const git = (...args: readonly string[]): string => run('git', args, root);
  if (version === undefined) return 'say which: --version 0.2.0';
  if (dryRun && publish) return 'a dry run publishes nothing';
  if (git('status', '--porcelain') !== '') return 'the tree has changes that are not committed';
  const tag = `v${version}`;
  if (publish)
    return git('tag', '--points-at', 'HEAD').split('\n').includes(tag)
      ? undefined
      : `what is published is the commit of ${tag}, and this is another one`;
  if (git('tag', '--list', tag) !== '') return `${tag} is there already`;
  const { version: old } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  if (isOlder(version, old)) return `${version} is older than ${old}`;
  if (dryRun) return undefined;
  if (git('branch', '--show-current') !== 'main') return 'a release is made on main';
  return tested ? undefined : 'say that npm test passed on this commit: --tested';
}

/** By their three numbers; what comes after a hyphen is not looked at. */
function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.replace(/-.*/, ''));
  return (one ?? '').localeCompare(other ?? '', 'en', { numeric: true }) < 0;
}
