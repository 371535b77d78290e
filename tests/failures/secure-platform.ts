/**
 * The example project on a secure stack, each service and command as a principal of its own that has exactly the rules that
 * `millrace access` prints. Starts things; what must be true of them is principals.test.ts.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ServiceProcess, startService } from '@millrace/testkit';
import pg from 'pg';
import { setScramUser } from './scram-user.ts';
import { certificateFile, registryUsers, type SecureStack } from './secure-stack.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const caFile = certificateFile('ca.crt');

export interface CommandResult {
  readonly code: number;
  readonly text: string;
}

export interface SecurePlatform {
  readonly project: string;
  /** Settings of the service as its own principal. */
  env(service: string): Readonly<Record<string, string>>;
  /** A `millrace` command as a principal; `admin` may do everything on Kafka. */
  run(service: string, ...words: readonly string[]): Promise<CommandResult>;
  start(service: string): Promise<ServiceProcess>;
  /** A new password on the brokers and in the service's file. */
  changePassword(service: string): Promise<void>;
  /** Every password that was ever in use. */
  readonly secrets: readonly string[];
  /** The owner of the captured tables. */
  readonly source: pg.Client;
}

/** As `--prefix` says by default; the one of `admin` is a superuser of the brokers. */
export const userOf = (service: string): string =>
  service === 'admin' ? 'millrace' : `millrace-${service}`;

const services = [
  ...['ingest', 'cdc', 'stream-transform', 'sink', 'quality'],
  ...['apply', 'load', 'operator'],
] as const;

const run = async (
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> => {
  const cli = join(repository, 'packages/cli/src/main.ts');
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [cli, ...words], {
      env: { ...Object.fromEntries(inherited), ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: `${stdout}${stderr}` };
  }
};

const airports = `CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text,
  country text NOT NULL, latitude float8 NOT NULL, longitude float8 NOT NULL)`;

/** What `access postgres` prints is run as it stands, by the owner. */
const giveDatabaseRoles = async (source: pg.Client, sql: string): Promise<void> => {
  await source.query(airports);
  await source.query(sql);
  for (const role of ['cdc', 'quality'])
    await source.query(`ALTER ROLE millrace_${role} PASSWORD 'postgres-secret-${role}'`);
};

const page = readFileSync(join(repository, 'docs/howto/secure-the-platform.md'), 'utf8');
/** What the page has an administrator type behind `npx millrace`. */
export const typedOnPage = (command: string): readonly string[] => {
  const line = page.split('\n').find((each) => each.startsWith(`npx millrace ${command}`));
  if (line === undefined) throw new Error(`the page does not say ${command}`);
  return line
    .replace(/\s*#.*/, '')
    .split(' ')
    .slice(2);
};

/** Nothing runs yet but the stack; topics, subjects and tables are there, made by the principal `apply`. */
export const openSecurePlatform = async (
  secure: SecureStack,
  directory: string,
  clickhouseUrl: string,
): Promise<SecurePlatform> => {
  const project = join(directory, 'project');
  for (const folder of ['schemas', 'transforms'])
    await cp(join(repository, folder), join(project, folder), { recursive: true });
  await mkdir(join(directory, 'secrets'));
  const secrets: string[] = [];
  const passwordFile = (service: string) => join(directory, 'secrets', service);
  const setPassword = async (service: string, password: string): Promise<void> => {
    secrets.push(password);
    const broker = secure.stack.endpoints.kafkaBrokers;
    await setScramUser(broker, userOf(service), password, 'scram-sha-512');
    await writeFile(passwordFile(service), `${password}\n`);
  };
  await Promise.all(
    ['admin', ...services].map((one) => setPassword(one, `kafka secret of ${one}`)),
  );
  const postgresOf = (service: string): string => {
    const url = new URL(secure.postgresUrl);
    url.username = `millrace_${service}`;
    url.password = `postgres-secret-${service}`;
    secrets.push(url.password);
    return url.href;
  };
  const registryOf = (service: string): string => {
    const url = new URL(secure.registryUrl);
    const { user, password } =
      registryUsers[['cdc', 'apply', 'quality'].includes(service) ? 'writer' : 'reader'];
    url.username = user;
    url.password = password;
    return url.href;
  };
  const env = (service: string) => ({
    ...{ MILLRACE_PROJECT: project, MILLRACE_KAFKA_BROKERS: secure.brokers.SECURE },
    ...{ MILLRACE_KAFKA_TLS: 'true', MILLRACE_KAFKA_CA_FILE: caFile },
    MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    MILLRACE_KAFKA_USERNAME: userOf(service),
    MILLRACE_KAFKA_PASSWORD_FILE: passwordFile(service),
    MILLRACE_REGISTRY_URL: registryOf(service),
    MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
    ...(['cdc', 'operator', 'quality'].includes(service) && {
      MILLRACE_POSTGRES_URL: postgresOf(service === 'operator' ? 'cdc' : service),
    }),
    MILLRACE_CDC_SOURCE: 'flights',
    MILLRACE_CDC_PUBLICATION: 'existing',
    MILLRACE_INGEST_DRAIN: '50ms',
    MILLRACE_INGEST_HOST: '127.0.0.1',
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: join(directory, 'state'),
    MILLRACE_STREAM_TRANSFORM_PORT: '0',
    MILLRACE_QUALITY_DIMENSIONS_EVERY: '1s',
    NODE_EXTRA_CA_CERTS: caFile,
  });
  const platform: SecurePlatform = {
    ...{ project, env, secrets },
    run: (service, ...words) => run(words, env(service)),
    start: (service) => startService(service, env(service)),
    changePassword: (service) => setPassword(service, `the second secret of ${service}`),
    source: new pg.Client({ connectionString: secure.ownerUrl }),
  };
  await platform.source.connect();
  return platform;
};

/** Rights on all servers as the commands print them, and the contracts applied. Throws with what a command said. */
export const giveRights = async (platform: SecurePlatform): Promise<void> => {
  const { run: command, source } = platform;
  // a server that has just started may be slow to answer on a busy machine; the same command goes on
  const expectGood = async (service: string, ...words: readonly string[]): Promise<string> => {
    for (let attempt = 1; ; attempt += 1) {
      const { code, text } = await command(service, ...words);
      if (code === 0) return text;
      if (attempt === 10 || !/no answer in time|unavailable|time is up/.test(text))
        throw new Error(`${words.join(' ')}: ${text}`);
    }
  };
  const [, roles] = await Promise.all([
    expectGood('admin', ...typedOnPage('access kafka --apply')),
    expectGood('admin', 'access', 'postgres'),
  ]);
  await giveDatabaseRoles(source, roles);
  await expectGood('apply', 'contracts', 'apply');
};
