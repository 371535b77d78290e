/**
 * MySQL for tests, on a Debian whose release has none (it has MariaDB in its place): the server of Debian's unstable with the
 * libraries that it needs, unpacked into a cache and started by its own loader, so that nothing is installed.
 *
 *     node services/ingest/src/pull/testing/debian-mysql.ts
 *
 * Takes 100 MB of downloads by apt-get, signatures checked, and 260 MB of disk.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where others than root can read it. */
const place = join(tmpdir(), 'millrace-mysql-program');

/** Whether it is there is the caller's question. */
export const fetchedMysqld = join(place, 'mysqld');

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const archive = 'http://deb.debian.org/debian';

const fetchInto = async (work: string): Promise<void> => {
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(work, name), { recursive: true });
    return join(work, name);
  };
  const list = join(work, 'list');
  await writeFile(list, `deb [signed-by=${keyring}] ${archive} unstable main\n`);
  const options = Object.entries({
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': await folder('lists/partial').then(() => join(work, 'lists')),
    'Dir::Cache': await folder('cache/archives/partial').then(() => join(work, 'cache')),
    'Dir::State::status': '/dev/null',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const debs = await folder('debs');
  const run = (program: string, args: readonly string[]) =>
    execFileSync(program, [...options, ...args], { encoding: 'utf8', cwd: debs });
  run('apt-get', ['update', '--quiet']);
  const without = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];
  const needed = run('apt-cache', [
    ...['depends', '--recurse', ...without.map((kind) => `--no-${kind}`), 'mysql-server-core'],
  ])
    .split('\n')
    .filter((line) => /^\w/.test(line) && !line.startsWith('perl') && !line.startsWith('libperl'));
  run('apt-get', ['download', '--quiet', ...new Set(needed)]);
  const root = await folder('root');
  for (const deb of await readdir(debs)) execFileSync('dpkg-deb', ['-x', join(debs, deb), root]);
  await writeFile(join(work, 'mysqld'), starter);
  await chmod(join(work, 'mysqld'), 0o755);
  await chmod(work, 0o755);
  for (const used of ['debs', 'lists', 'cache', 'list'])
    await rm(join(work, used), { recursive: true });
};

/** Of the folder that it stands in: with its own loader, since the machine's C library is older. */
const starter = `#!/bin/sh
here=$(dirname "$0")
lib="$here/root/usr/lib/x86_64-linux-gnu"
exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$here/root/usr/sbin/mysqld" "$@"
`;

if (process.argv[1] === import.meta.filename) {
  const work = await mkdtemp(join(tmpdir(), 'millrace-mysql-fetch-'));
  await fetchInto(work);
  await rm(place, { recursive: true, force: true });
  await rename(work, place);
  console.log(execFileSync(fetchedMysqld, ['--no-defaults', '--version'], { encoding: 'utf8' }));
}
