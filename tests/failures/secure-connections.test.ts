/**
 * Everything with TLS and credentials, as strangers run it: each way to say who one is, every bad certificate refused with its own
 * code, sessions and tokens that end under load, a password that is changed under way, and no secret in any log.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createAdmin, createProducer, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  type FlightsWorld,
  pace,
  readCommitted,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setScramUser } from './scram-user.ts';
import {
  certificateFile,
  kafkaPassword,
  kafkaUser,
  postgresPassword,
  registryPassword,
  type SecureStack,
  sessionMs,
  startSecureStack,
} from './secure-stack.ts';

let secure: SecureStack;
let world: FlightsWorld;
let directory: string;
const services: ServiceProcess[] = [];

beforeAll(async () => {
  secure = await startSecureStack();
  directory = await mkdtemp(join(tmpdir(), 'millrace-secrets-'));
  const { endpoints } = secure.stack;
  // made over the plain listener, which a test keeps for itself
  const postgresUrl = secure.postgresUrl;
  world = await createFlightsWorld({ ...endpoints, postgresUrl }, { partitions: 2 });
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await world?.drop();
  await secure?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

const caFile = certificateFile('ca.crt');
const tls = { kafkaTls: true, kafkaCaFile: caFile } as const;
const user = { kafkaUsername: kafkaUser, kafkaPassword } as const;
const at = (listener: keyof SecureStack['brokers'], settings: Partial<KafkaSettings>) => ({
  kafkaBrokers: [secure.brokers[listener]],
  ...settings,
});
/** The names of the topics, or the code of the error. */
const ask = async (settings: KafkaSettings): Promise<string> => {
  const admin = createAdmin(kafkaConnection(settings, 'tests', silentLogger));
  try {
    const topics = await admin.listTopics();
    return topics.includes(world.contract.topic.name) ? 'topics' : 'nothing';
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await admin.close();
  }
};

test.each(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const)(
  '%s over TLS is let in, and with a wrong password told so',
  async (kafkaSaslMechanism) => {
    const settings = { ...tls, ...user, kafkaSaslMechanism, kafkaTokenUrl: secure.tokenUrl };
    expect(await ask(at('SECURE', settings))).toBe('topics');
    expect(await ask(at('SECURE', { ...settings, kafkaPassword: 'wrong' }))).toBe(
      'kafka.unauthenticated',
    );
  },
);

test('brokers that ask for a certificate get one, and without it refuse', async () => {
  const own = {
    kafkaCertificateFile: certificateFile('client.crt'),
    kafkaKeyFile: certificateFile('client.key'),
  };
  expect(await ask(at('MUTUAL', { ...tls, ...own }))).toBe('topics');
  expect(await ask(at('MUTUAL', tls))).toBe('kafka.certificate-refused');
});

test.each([
  ['expired', 'EXPIRED', tls],
  ['of another host', 'OTHERNAME', tls],
  ['signed by a stranger', 'FOREIGN', tls],
  ['signed by nobody that Node trusts', 'SECURE', { kafkaTls: true }],
] as const)('a certificate that is %s is refused', async (_what, listener, settings) => {
  expect(await ask(at(listener, { ...settings, ...user, kafkaSaslMechanism: 'plain' }))).toBe(
    'kafka.certificate-refused',
  );
});

test('sessions and tokens that end under load lose nothing and double nothing', async () => {
  const settings = at('SECURE', {
    ...{ ...tls, ...user, kafkaSaslMechanism: 'oauthbearer', kafkaTokenUrl: secure.tokenUrl },
  });
  const connection = kafkaConnection(settings, 'tests', silentLogger);
  const admin = createAdmin(connection);
  const topic = `${world.contract.domain}.sessions`;
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  const producer = createProducer(connection);
  const tokensBefore = secure.tokensGiven();
  const untilMs = Date.now() + 3 * sessionMs;
  let sent = 0;
  while (Date.now() < untilMs) {
    const records = [{ key: null, value: Buffer.from(String(sent)) }];
    await producer.send([{ topic, partition: 0, records }]);
    sent += 1;
  }
  await producer.close();
  await admin.close();
  const records = await readCommitted(secure.stack.endpoints.kafkaBrokers, topic);
  expect(records.map(({ value }) => Number(value))).toEqual(
    Array.from({ length: sent }, (_, index) => index),
  );
  expect(secure.tokensGiven() - tokensBefore).toBeGreaterThan(1);
});

test('all services work with TLS and credentials to all of Kafka, registry, ClickHouse and PostgreSQL, through a change of the password, and tell no secret', async () => {
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, `${kafkaPassword}\n`);
  const { env: bare, database, contract } = world;
  const clickhouse = new URL(database.url);
  const secureClickhouse = new URL(secure.clickhouseUrl);
  clickhouse.protocol = 'https:';
  clickhouse.hostname = 'localhost';
  clickhouse.port = secureClickhouse.port;
  const env = {
    ...bare,
    MILLRACE_KAFKA_BROKERS: secure.brokers.SECURE,
    MILLRACE_KAFKA_TLS: 'true',
    MILLRACE_KAFKA_CA_FILE: caFile,
    MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    MILLRACE_KAFKA_USERNAME: kafkaUser,
    MILLRACE_KAFKA_PASSWORD_FILE: passwordFile,
    MILLRACE_REGISTRY_URL: secure.registryUrl,
    MILLRACE_CLICKHOUSE_URL: clickhouse.href.replace('%3A', ':'),
    MILLRACE_POSTGRES_URL: secure.postgresUrl,
    MILLRACE_CDC_SOURCE: contract.domain,
    MILLRACE_INGEST_DRAIN: '50ms',
    NODE_EXTRA_CA_CERTS: caFile,
  };
  const client = new pg.Client({ connectionString: secure.postgresUrl });
  await client.connect();
  await client.query(
    'CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text, country text NOT NULL, latitude float8 NOT NULL, longitude float8 NOT NULL)',
  );
  services.push(
    ...(await Promise.all(['ingest', 'sink', 'cdc'].map((name) => startService(name, env)))),
  );
  const [door] = services;
  await Promise.all(services.map((service) => service.ready()));

  const post = async (from: number) => {
    const events = Array.from({ length: 50 }, (_, index) => ({
      ...{ flight_id: `S${from + index}`, departed_at: '2001-01-07T09:28:00Z' },
      ...{ delay_minutes: 4, distance_miles: 349, origin: 'ABQ', destination: 'LAX' },
    }));
    const response = await fetch(`${door!.url}/v1/events/${contract.domain}/departed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    return response.status;
  };
  const counted = async () => {
    const [row] = await database.query<{ flights: number; airports: number }>(
      `SELECT (SELECT toUInt32(count()) FROM ${contract.warehouse.table}) AS flights,
         (SELECT toUInt32(count()) FROM ${world.airports.warehouse.view}) AS airports`,
    );
    return row;
  };
  const addAirport = (iata: string) =>
    client.query("INSERT INTO airports VALUES ($1, 'x', 'x', 'x', 'x', 1, 2)", [iata]);
  expect(await post(0)).toBe(202);
  await addAirport('AAA');
  await expect.poll(counted).toEqual({ flights: 50, airports: 1 });

  const { kafkaBrokers } = secure.stack.endpoints;
  await setScramUser(kafkaBrokers, kafkaUser, 'the second secret', 'scram-sha-512');
  await writeFile(passwordFile, 'the second secret');
  // Beyond the life of every session, so that all are made with the new one.
  await pace(1.5 * sessionMs);
  await expect.poll(() => post(50)).toBe(202);
  await addAirport('BBB');
  await expect.poll(counted).toEqual({ flights: 100, airports: 2 });

  const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'cdc', 'status'], {
    env: { ...process.env, ...env },
  });
  await client.end();
  const said = [stdout, ...services.flatMap(({ lines }) => lines)].join('\n');
  for (const secret of [kafkaPassword, 'the second secret', registryPassword, postgresPassword])
    expect(said).not.toContain(secret);
});
