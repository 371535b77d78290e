/** ClickHouse out of npm's library, as a process of its own (clickhouse-host.ts). */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpStatus } from '../probe.ts';
import { resolveOptional } from './npm-binary.ts';
import type { EmbeddedPart, StackFolders } from './part.ts';

export interface ClickHouseSettings {
  readonly folders: StackFolders;
  readonly port: number;
  readonly nativePort: number;
  /** A file that is merged into its users. */
  readonly usersFile?: string;
}

/** The database that the stack's URL names; `default` of this build cannot hold what an Atomic one can. */
const database = 'millrace';

export const clickhouseUrl = (port: number) => `http://default:@127.0.0.1:${port}/${database}`;

const resources = new URL('../../clickhouse/', import.meta.url);
const host = fileURLToPath(
  new URL(`./clickhouse-host${extname(import.meta.url)}`, import.meta.url),
);
const xmlEntities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Fills `@NAME@` in a template of XML; values are escaped. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z_]+)@/g, (placeholder, name: string) =>
    (values[name] ?? placeholder).replace(/[&<>]/g, (character) => xmlEntities[character] ?? ''),
  );
}

/** ClickHouse merges what lies in the folder beside its users' file. */
function mergeUsers(folder: string, file: string | undefined): void {
  rmSync(folder, { recursive: true, force: true });
  if (file === undefined) return;
  mkdirSync(folder, { recursive: true });
  copyFileSync(file, join(folder, 'access.xml'));
}

/** @throws `stack.platform-unsupported` when npm has not installed the library */
export function clickhousePart(settings: ClickHouseSettings): EmbeddedPart {
  const { folders, port, nativePort } = settings;
  const library = resolveOptional(
    'ClickHouse',
    `@chdb/lib-${process.platform}-${process.arch}-gnu`,
    '/libchdb.so',
  );
  return {
    name: 'clickhouse',
    port,
    prepare: async () => {
      const directory = join(folders.dataDir, 'clickhouse');
      mkdirSync(directory, { recursive: true });
      // The system database is in memory: its log tables are not attached again, and their old folders would make
      // every flush fail.
      rmSync(join(directory, 'data', 'data', 'system'), { recursive: true, force: true });
      const users = join(folders.confDir, 'clickhouse-users.xml');
      writeFileSync(users, readFileSync(new URL('users.xml', resources)));
      mergeUsers(`${users.slice(0, -'.xml'.length)}.d`, settings.usersFile);
      const config = join(folders.confDir, 'clickhouse-config.xml');
      const template = readFileSync(new URL('config.xml', resources), 'utf8');
      const values = {
        DIR: directory,
        LOG: folders.logDir,
        USERS: users,
        HTTP_PORT: String(port),
        TCP_PORT: String(nativePort),
      };
      writeFileSync(config, fillTemplate(template, values));
      const start = join(folders.confDir, 'clickhouse-start.sql');
      writeFileSync(
        start,
        `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic;
SYSTEM START LISTEN HTTP;
SYSTEM START LISTEN TCP;
`,
      );
      return {
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', host, library, config, start],
        stopSignal: 'SIGTERM',
      };
    },
    isReady: async () => (await httpStatus(`http://127.0.0.1:${port}/ping`)) === 200,
  };
}
