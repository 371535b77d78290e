/**
 * The flights example under a domain of its own, so that a journey shares no topic, subject or table with
 * another test on the same stack. Contracts are applied by the command that a user runs.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StackEndpoints } from '@millrace/stack';
import { createClickHouseDatabase, stackUnderTest, uniqueName } from '@millrace/testkit';

export interface Journey {
  /** Takes the place of `flights` in every name. */
  readonly domain: string;
  readonly clickhouse: Awaited<ReturnType<typeof createClickHouseDatabase>>;
  /** The environment variables that every service of the journey starts with. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `millrace …`; its standard output. Rejects when it exits with another code than 0. */
  millrace(...args: string[]): Promise<string>;
  end(): Promise<void>;
}

const repository = fileURLToPath(new URL('../../', import.meta.url));
const example = join(repository, 'schemas', 'flights');

/**
 * @param postgresUrl the database that cdc captures, when the journey has one
 * @param edit changes a contract file before it is applied
 */
export async function beginJourney(
  postgresUrl?: string,
  edit: (text: string) => string = (text) => text,
): Promise<Journey> {
  const stack: StackEndpoints = stackUnderTest();
  const domain = uniqueName('journey').replaceAll('-', '_');
  const project = await mkdtemp(join(tmpdir(), 'millrace-journey-'));
  await mkdir(join(project, 'schemas', domain), { recursive: true });
  for (const name of ['departed', 'airports'])
    for (const suffix of ['avsc', 'odcs.yaml']) {
      const text = await readFile(join(example, `${name}.${suffix}`), 'utf8');
      await writeFile(
        join(project, 'schemas', domain, `${name}.${suffix}`),
        edit(text.replaceAll(/\bflights\b(?=["., }\n])/g, domain)),
      );
    }
  const clickhouse = await createClickHouseDatabase(domain);
  const env = {
    MILLRACE_PROJECT: project,
    MILLRACE_KAFKA_BROKERS: stack.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.registryUrl,
    MILLRACE_CLICKHOUSE_URL: clickhouse.url,
    MILLRACE_POSTGRES_URL: postgresUrl ?? stack.postgresUrl,
    MILLRACE_CDC_SOURCE: domain,
    MILLRACE_SINK_GROUP: `millrace.sink.${domain}`,
  };
  const main = join(repository, 'packages', 'cli', 'src', 'main.ts');
  const millrace = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { ...process.env, ...env },
    });
    return stdout;
  };
  return {
    domain,
    clickhouse,
    env,
    millrace,
    end: async () => {
      await clickhouse.drop();
      await rm(project, { recursive: true });
    },
  };
}
