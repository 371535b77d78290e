/**
 * Connections with TLS and credentials: each way to say who one is, every bad certificate refused with its own code, sessions and tokens
 * that end under load. The services on such connections, each as a principal of its own: tests/long/principals.test.ts.
 */
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import { createAdmin, createProducer, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { readCommitted } from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  certificateFile,
  kafkaPassword,
  kafkaUser,
  type SecureStack,
  sessionMs,
  showCertificate,
  startSecureStack,
  startTlsFront,
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

test('sessions and tokens that end under load lose nothing and double nothing', async () => {
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
  }
  await producer.close();
  const records = await readCommitted(secure.stack.endpoints.kafkaBrokers, topic);
  expect(records.map(({ value }) => Number(value))).toEqual(
    Array.from({ length: sent }, (_, index) => index),
  );
  expect(secure.tokensGiven() - tokensBefore).toBeGreaterThan(1);
});
