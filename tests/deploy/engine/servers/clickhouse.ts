/**
 * clickhouse/clickhouse-server: /etc/clickhouse-server with config.d and users.d, /var/lib/clickhouse, entrypoint.sh. The server is npm's library as
 * the embedded stack hosts it, so its limits hold here, too: `CREATE USER` is refused, whatever access management says.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBaseImage } from '../base-image.ts';
import type { ServerImage } from '../server-image.ts';

const require = createRequire(import.meta.url);
const host = fileURLToPath(
  new URL('../../../../packages/stack/src/embedded/clickhouse-host.ts', import.meta.url),
);

/** @throws when npm has installed none for this machine */
export const clickhouse = (): ServerImage => {
  const library = require.resolve('@chdb/lib-linux-x64-gnu/libchdb.so');
  const bindings = ['ffi-rs', '@yuuang/ffi-rs-linux-x64-gnu'].map((name) => [
    `/opt/clickhouse/node_modules/${name}`,
    dirname(require.resolve(`${name}/package.json`)),
  ]);
  return {
    tag: '26.7',
    base: ensureBaseImage,
    packages: ['wget'],
    version: [join(dirname(library), 'package.json'), host]
      .map((file) => readFileSync(file, 'utf8'))
      .join(),
    root: fileURLToPath(new URL('clickhouse/root', import.meta.url)),
    programs: async () => ({
      '/opt/clickhouse/libchdb.so': library,
      '/opt/clickhouse/clickhouse-host.ts': host,
      ...Object.fromEntries(bindings),
    }),
    setup: [
      'groupadd --gid 101 clickhouse',
      'useradd --uid 101 --gid 101 --home-dir /var/lib/clickhouse clickhouse',
      'mkdir -p /var/lib/clickhouse /etc/clickhouse-server/users.d',
      'chown clickhouse:clickhouse /var/lib/clickhouse',
      `echo '{"type":"module"}' > /opt/clickhouse/package.json`,
    ],
    config: [
      ...['--entrypoint', '["/entrypoint.sh"]', '--cmd', '[]'],
      ...['--volume', '/var/lib/clickhouse', '--port', '8123', '--port', '9000'],
    ],
  };
};
