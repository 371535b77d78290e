import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { type KafkaSettings, kafkaConnection } from './kafka-connection.ts';

const connect = (settings: Omit<KafkaSettings, 'kafkaBrokers'>) =>
  kafkaConnection({ kafkaBrokers: ['kafka:9092'], ...settings }, 'tests', silentLogger);

test('without settings nothing is encrypted and nobody is named', () => {
  const connection = connect({});
  expect(connection).not.toHaveProperty('tls');
  expect(connection).not.toHaveProperty('sasl');
});

test('a password comes from the variable or from the file', async () => {
  const given = { kafkaSaslMechanism: 'plain', kafkaUsername: 'u' } as const;
  const { sasl } = connect({ ...given, kafkaPassword: 'p' });
  expect(sasl).toMatchObject({ mechanism: 'plain', username: 'u' });
  expect(sasl?.mechanism === 'plain' && (await sasl.password())).toBe('p');
  const missing = connect({ ...given, kafkaPasswordFile: '/nowhere/password' }).sasl;
  await expect(missing?.mechanism === 'plain' && missing.password()).rejects.toMatchObject({
    ...{ code: 'kafka.unauthenticated', retryable: true },
  });
});

test.each([
  [{ kafkaCaFile: 'ca.pem' }, 'MILLRACE_KAFKA_TLS'],
  [{ kafkaTls: true, kafkaKeyFile: 'key.pem' }, 'belong together'],
  [{ kafkaUsername: 'u' }, 'MILLRACE_KAFKA_SASL_MECHANISM'],
  [{ kafkaSaslMechanism: 'plain' }, 'MILLRACE_KAFKA_USERNAME'],
  [{ kafkaSaslMechanism: 'plain', kafkaUsername: 'u' }, 'MILLRACE_KAFKA_PASSWORD'],
  [
    {
      ...{ kafkaSaslMechanism: 'plain', kafkaUsername: 'u' },
      ...{ kafkaPassword: 'p', kafkaPasswordFile: 'f' },
    },
    'not both',
  ],
  [
    { kafkaSaslMechanism: 'oauthbearer', kafkaUsername: 'u', kafkaPassword: 'p' },
    'MILLRACE_KAFKA_TOKEN_URL',
  ],
] as const)('%j does not fit together: told by the name of what is missing', (settings, told) => {
  expect(() => connect(settings as Omit<KafkaSettings, 'kafkaBrokers'>)).toThrow(told);
});
