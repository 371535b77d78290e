/** PostgreSQL says no: what only a person can cure ends cdc at once with the remedy, what passes is waited for. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createPostgresDatabase,
  type PostgresDatabase,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PATIENCE = { timeout: 60_000, interval: 100 } as const;

let stack: RunningStack;
let database: PostgresDatabase;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  database = await createPostgresDatabase('refuses', stack.endpoints.postgresUrl);
  await database.query('create table t (id int primary key)');
  // the embedded server trusts everybody from here
  const rules = join(stack.dataDir, 'postgres', 'pg_hba.conf');
  const before = readFileSync(rules, 'utf8');
  writeFileSync(rules, `host all secretive 127.0.0.1/32 scram-sha-256\n${before}`);
  await database.query(`
    create role secretive login superuser replication password 'right';
    create role powerless login replication;
    create role crowded login replication connection limit 0;
    create table crowds (id int primary key);
    alter table crowds owner to crowded;
    grant create on database "${database.name}" to crowded;
    select pg_reload_conf()`);
});
afterAll(async () => {
  await database.drop();
  await stack.stop();
});

const start = (user: string, password = '', table = '*'): Promise<ServiceProcess> => {
  const url = new URL(database.url);
  url.username = user;
  url.password = password;
  return startService('cdc', {
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: url.href,
    MILLRACE_CDC_SOURCE: `refuses_${user}`,
    MILLRACE_CDC_TABLES: table,
  });
};

test.each([
  ['a wrong password', 'secretive', 'wrong', /28P01/],
  ['no password where one is needed', 'secretive', '', /SASL/],
  ['a role that does not exist', 'nobody_here', '', /28000/],
  ['a role that may not publish the table', 'powerless', '', /42501/],
])('%s ends the service at once, with what to do', async (_, user, password, reason) => {
  const service = await start(user, password);
  expect((await service.exited).code).toBe(1);
  const said = service.lines.join('\n');
  expect(said).toMatch(reason);
  expect(said).toContain('cdc.source-refused');
  expect(said).toContain('grant the right or correct the setting');
  expect(said).not.toContain('another begins');
});

test('a server that has no connection left is asked again until it has one', async () => {
  const service = await start('crowded', '', 'public.crowds');
  await expect
    .poll(() => service.lines.filter((line) => line.includes('53300')).length, PATIENCE)
    .toBeGreaterThan(2);
  await database.query('alter role crowded connection limit -1');
  await service.ready();
  expect((await service.stop()).code).toBe(0);
});

test('a slot that another consumer reads is waited for', async () => {
  const first = await start('secretive', 'right');
  await first.ready();
  await first.stop();
  const slot = 'millrace_refuses_secretive';
  const foreign = new pg.Client({
    connectionString: database.url,
    replication: 'database',
  } as object);
  foreign.on('error', () => undefined);
  await foreign.connect();
  foreign
    .query(
      `START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names '${slot}')`,
    )
    .catch(() => undefined);
  const isActive = async () =>
    (await database.query('select active from pg_replication_slots where slot_name = $1', [slot]))
      .rows[0].active;
  await expect.poll(isActive, PATIENCE).toBe(true);
  const second = await start('secretive', 'right');
  await expect
    .poll(() => second.lines.some((line) => line.includes('still serves the slot')), PATIENCE)
    .toBe(true);
  await foreign.end();
  await second.ready();
  expect((await second.stop()).code).toBe(0);
});
