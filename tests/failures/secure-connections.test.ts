/**
 * Connections with TLS and credentials: each way to say who one is, every bad certificate refused with its own code, sessions and tokens
 * that end under load, and ingest, cdc and sink on such connections, by what docs/howto/secure-connections.md exports. All services, each as a principal of its own: tests/long/principals.test.ts.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import {
  createAclAdmin,
  createAdmin,
  createClusterWatch,
  createProducer,
  type KafkaConnection,
  type KafkaSettings,
  kafkaConnection,
} from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  pace,
  readCommitted,
  startService,
} from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readDecisions } from './authorizer-log.ts';
import { setScramUser } from './scram-user.ts';
import {
  certificateFile,
  kafkaPassword,
  kafkaUser,
  postgresPassword,
  registryUsers,
  type SecureStack,
  sessionMs,
  showCertificate,
  startSecureStack,
  startTlsFront,
  strangersUser,
} from './secure-stack.ts';

let secure: SecureStack;
const topic = 'sessions';

beforeAll(async () => {
  secure = await startSecureStack();
  // over the listener without TLS, which a test keeps for itself
  const brokers = secure.stack.endpoints.kafkaBrokers.split(',');
  const admin = createAdmin({ brokers, clientId: 'tests', logger: silentLogger });
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  await admin.close();
});
afterAll(() => secure?.stop());

const caFile = certificateFile('ca.crt');
const tls = { kafkaTls: true, kafkaCaFile: caFile } as const;
const user = { kafkaUsername: kafkaUser, kafkaPassword } as const;
const at = (listener: keyof SecureStack['brokers'], settings: Partial<KafkaSettings>) => ({
  kafkaBrokers: [secure.brokers[listener]],
  ...settings,
});
/** The code of the error, else `done`. */
const outcome = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return 'done';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
/** The names of the topics, or the code of the error. */
const ask = async (settings: KafkaSettings): Promise<string> => {
  const admin = createAdmin(kafkaConnection(settings, 'tests', silentLogger));
  try {
    const topics = await admin.listTopics();
    return topics.includes(topic) ? 'topics' : 'nothing';
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

test('a token with the right claims and key id, signed by a stranger, is refused', async () => {
  const settings = {
    ...{ ...tls, ...user, kafkaUsername: strangersUser },
    ...{ kafkaSaslMechanism: 'oauthbearer' as const },
    kafkaTokenUrl: secure.tokenUrl,
  };
  const before = secure.tokensGiven();
  expect(await ask(at('SECURE', settings))).toBe('kafka.unauthenticated');
  expect(secure.tokensGiven()).toBeGreaterThan(before);
});

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

test.each([
  ['expired', /CERT_HAS_EXPIRED/],
  ['othername', /ALTNAME_INVALID/],
  ['foreign', /UNABLE_TO|SELF_SIGNED/],
])(
  'registry, ClickHouse and PostgreSQL that show a certificate that is %s are refused',
  async (name, why) => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, await readFile(caFile, 'utf8')]);
    onTestFinished(() => setDefaultCACertificates(before));
    const { endpoints } = secure.stack;
    const ask = async (certificate: string) => {
      const fronts = await Promise.all(
        [endpoints.registryUrl, endpoints.clickhouseUrl].map(async (url) => ({
          ...{
            path: new URL(url).pathname,
            front: await startTlsFront(Number(new URL(url).port), certificate),
          },
        })),
      );
      const [registryUrl, clickhouseUrl] = fronts.map(
        ({ front, path }) => `https://localhost:${front.port}${path}`,
      ) as [string, string];
      const clickhouse = createClickHouse({ url: clickhouseUrl });
      const said = [
        await outcome(() => createRegistryClient({ url: registryUrl }).subjects()),
        await outcome(() => clickhouse.query('SELECT 1')),
      ];
      await clickhouse.close();
      for (const { front } of fronts) front.close();
      return said;
    };
    expect(await ask('server')).toEqual(['done', 'done']);
    expect(await ask(name)).toEqual(['registry.unavailable', 'clickhouse.unavailable']);

    const owner = new pg.Client({ connectionString: secure.ownerUrl });
    await owner.connect();
    const connecting = async () => {
      const client = new pg.Client({ connectionString: secure.ownerUrl });
      try {
        await client.connect();
        await client.end();
        return 'let in';
      } catch (error) {
        return String((error as { code: string }).code);
      }
    };
    await showCertificate(secure.stack, owner, name);
    // a reload takes a moment
    await expect.poll(connecting).toMatch(why);
    await showCertificate(secure.stack, owner, 'server');
    await expect.poll(connecting).toBe('let in');
    await owner.end();
  },
);

test('a watch that may not read a topic does not try to', async () => {
  const broker = secure.stack.endpoints.kafkaBrokers;
  const owner = { brokers: broker.split(','), clientId: 'tests', logger: silentLogger };
  const [admin, producer] = [createAdmin(owner), createProducer(owner)];
  const watched = { name: 'watched', partitions: 1, replicationFactor: 1, config: {} };
  await admin.createTopics([watched]);
  await producer.send([{ topic: 'watched', partition: 0, records: [{ key: null, value: null }] }]);
  await setScramUser(broker, 'millrace-watch', kafkaPassword, 'scram-sha-512');
  const acls = createAclAdmin(owner);
  const rule = {
    ...({ principal: 'User:millrace-watch', resource: 'topic', name: 'watched' } as const),
    ...({ pattern: 'literal', operation: 'Describe' } as const),
  };
  await acls.create([rule]);
  // the broker answers before its authorizer has it
  await expect.poll(() => acls.entries([rule.principal])).toHaveLength(1);
  const settings = at('SECURE', {
    ...{ ...tls, kafkaUsername: 'millrace-watch', kafkaPassword },
    kafkaSaslMechanism: 'scram-sha-512',
  });
  const sight = async (connection: KafkaConnection) => {
    const watch = createClusterWatch(connection);
    const look = async () => (await watch.sight(await watch.layout(), 'watched', 0, 0)).kind;
    return look().finally(() => watch.close());
  };
  const as = kafkaConnection(settings, 'tests', silentLogger);
  expect([await sight(owner), await sight(as)]).toEqual(['record', 'unknown']);
  const decisions = await readDecisions(secure.stack.dataDir);
  const own = decisions.filter(({ principal }) => principal === rule.principal);
  expect(new Set(own.map(({ isAllowed, operation }) => `${operation} ${isAllowed}`))).toEqual(
    new Set(['DESCRIBE true']),
  );
  await Promise.all([acls, admin, producer].map((one) => one.close()));
});

test.concurrent('sessions and tokens that end under load lose nothing and double nothing', async () => {
  const settings = at('SECURE', {
    ...{ ...tls, ...user, kafkaSaslMechanism: 'oauthbearer', kafkaTokenUrl: secure.tokenUrl },
  });
  const connection = kafkaConnection(settings, 'tests', silentLogger);
  const producer = createProducer(connection);
  const tokensBefore = secure.tokensGiven();
  const untilMs = Date.now() + 3 * sessionMs;
  let sent = 0;
  while (Date.now() < untilMs) {
    const records = [{ key: null, value: Buffer.from(String(sent)) }];
    await producer.send([{ topic, partition: 0, records }]);
    sent += 1;
    await pace(2);
  }
  await producer.close();
  const records = await readCommitted(secure.stack.endpoints.kafkaBrokers, topic);
  expect(records.map(({ value }) => Number(value))).toEqual(
    Array.from({ length: sent }, (_, index) => index),
  );
  expect(secure.tokensGiven() - tokensBefore).toBeGreaterThan(1);
});

const page = new URL('../../docs/howto/secure-connections.md', import.meta.url);
/** What the page exports, with `own` in the places of its names. */
const exportedBy = async (own: Readonly<Record<string, string>>) => {
  const lines = (await readFile(page, 'utf8')).matchAll(/^export (\w+)=(\S+)/gm);
  return Object.fromEntries([...lines].map(([, name, value = '']) => [name, own[value] ?? value]));
};

/** Settings of services that speak to nothing without TLS and a password. */
const secureEnv = async (world: FlightsWorld, passwordFile: string) => {
  const registry = new URL(secure.registryUrl);
  registry.username = registryUsers.writer.user;
  registry.password = registryUsers.writer.password;
  const clickhouse = new URL(secure.clickhouseUrl);
  clickhouse.pathname = world.database.name;
  return {
    ...world.env,
    ...(await exportedBy({
      'kafka-1:9093,kafka-2:9093': secure.brokers.SECURE,
      '/etc/millrace/kafka-ca.pem': caFile,
      '/etc/millrace/kafka-password': passwordFile,
      millrace: kafkaUser,
    })),
    MILLRACE_REGISTRY_URL: registry.href,
    MILLRACE_CLICKHOUSE_URL: clickhouse.href,
    MILLRACE_POSTGRES_URL: secure.ownerUrl,
    MILLRACE_CDC_SOURCE: world.contract.domain,
    MILLRACE_INGEST_DRAIN: '50ms',
    NODE_EXTRA_CA_CERTS: caFile,
  };
};

// beside the one above: both wait for the ends of sessions, of different mechanisms
test.concurrent('events and changes land over TLS alone, through a change of the password, and no secret is told', async ({
  expect,
  onTestFinished,
}) => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-secrets-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, `${kafkaPassword}\n`);
  const world = await createFlightsWorld(secure.stack.endpoints, { partitions: 2 });
  const owner = new pg.Client({ connectionString: secure.ownerUrl });
  await owner.connect();
  await owner.query(
    'CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text, country text NOT NULL, latitude float8 NOT NULL, longitude float8 NOT NULL)',
  );
  const env = await secureEnv(world, passwordFile);
  const services = await Promise.all(
    ['ingest', 'sink', 'cdc'].map((name) => startService(name, env)),
  );
  onTestFinished(async () => {
    for (const service of services) await service.stop();
    await owner.end();
    await world.drop();
  });
  await Promise.all(services.map((service) => service.ready()));
  const post = async (from: number) => {
    const events = Array.from({ length: 50 }, (_, index) => flight(from + index));
    const url = `${services[0]!.url}/v1/events/${world.contract.domain}/departed`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(events) });
    return response.status;
  };
  const counted = async () => {
    const [row] = await world.database.query<{ flights: number; airports: number }>(
      `SELECT (SELECT toUInt32(count()) FROM ${world.contract.warehouse.table}) AS flights,
         (SELECT toUInt32(count()) FROM ${world.airports.warehouse.view}) AS airports`,
    );
    return row;
  };
  const addAirport = (iata: string) =>
    owner.query("INSERT INTO airports VALUES ($1, 'x', 'x', 'x', 'x', 1, 2)", [iata]);
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

  const said = services.flatMap(({ lines }) => lines).join('\n');
  const secrets = [kafkaPassword, 'the second secret', postgresPassword];
  for (const secret of [...secrets, registryUsers.writer.password])
    expect(said).not.toContain(secret);
});
