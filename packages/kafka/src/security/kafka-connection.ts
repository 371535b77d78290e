/** From settings, as services and commands read them, to a connection. Which settings there are is packages/runtime's. */
import { readFile } from 'node:fs/promises';
import { MillraceError } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import type { KafkaConnection, KafkaSasl, KafkaTls, SaslMechanism } from '../connection.ts';
import { oauthTokens } from './oauth-token.ts';

/** As `kafkaSettings` of packages/runtime reads them; what is left out is as undefined. */
export interface KafkaSettings {
  readonly kafkaBrokers: readonly string[];
  readonly kafkaTls?: boolean;
  readonly kafkaCaFile?: string | undefined;
  readonly kafkaCertificateFile?: string | undefined;
  readonly kafkaKeyFile?: string | undefined;
  readonly kafkaSaslMechanism?: SaslMechanism | 'none';
  readonly kafkaUsername?: string | undefined;
  readonly kafkaPassword?: string | undefined;
  readonly kafkaPasswordFile?: string | undefined;
  readonly kafkaTokenUrl?: string | undefined;
  readonly kafkaTokenScope?: string | undefined;
}

const misuse = (message: string) => new MillraceError('config.invalid', message);

const tlsOf = (settings: KafkaSettings): KafkaTls | undefined => {
  const {
    kafkaCaFile: caFile,
    kafkaCertificateFile: certificateFile,
    kafkaKeyFile: keyFile,
  } = settings;
  if (settings.kafkaTls !== true) {
    if (caFile !== undefined || certificateFile !== undefined || keyFile !== undefined)
      throw misuse('Certificates for Kafka are given and MILLRACE_KAFKA_TLS is not true.');
    return undefined;
  }
  if ((certificateFile === undefined) !== (keyFile === undefined))
    throw misuse('MILLRACE_KAFKA_CERTIFICATE_FILE and MILLRACE_KAFKA_KEY_FILE belong together.');
  return {
    ...(caFile !== undefined && { caFile }),
    ...(certificateFile !== undefined && { certificateFile }),
    ...(keyFile !== undefined && { keyFile }),
  };
};

/** Out of the file at every use: a secret that is rotated is taken with the next connection. */
const secretOf = ({ kafkaPassword, kafkaPasswordFile }: KafkaSettings): (() => Promise<string>) => {
  if (kafkaPassword !== undefined && kafkaPasswordFile !== undefined)
    throw misuse('Give MILLRACE_KAFKA_PASSWORD or MILLRACE_KAFKA_PASSWORD_FILE, not both.');
  if (kafkaPassword !== undefined) return async () => kafkaPassword;
  if (kafkaPasswordFile === undefined)
    throw misuse('MILLRACE_KAFKA_SASL_MECHANISM needs MILLRACE_KAFKA_PASSWORD or _PASSWORD_FILE.');
  return async () => {
    try {
      return (await readFile(kafkaPasswordFile, 'utf8')).trimEnd();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MillraceError('kafka.unauthenticated', reason, { cause, retryable: true });
    }
  };
};

const saslOf = (settings: KafkaSettings): KafkaSasl | undefined => {
  const {
    kafkaSaslMechanism: mechanism = 'none',
    kafkaUsername: username,
    kafkaTokenUrl: url,
  } = settings;
  if (mechanism === 'none') {
    if (username !== undefined || url !== undefined)
      throw misuse('A user for Kafka is given and MILLRACE_KAFKA_SASL_MECHANISM is not.');
    return undefined;
  }
  if (username === undefined)
    throw misuse('MILLRACE_KAFKA_SASL_MECHANISM needs MILLRACE_KAFKA_USERNAME.');
  const secret = secretOf(settings);
  if (mechanism !== 'oauthbearer') return { mechanism, username, password: secret };
  if (url === undefined) throw misuse('oauthbearer needs MILLRACE_KAFKA_TOKEN_URL.');
  const { kafkaTokenScope: scope } = settings;
  const token = oauthTokens({
    ...{ url, clientId: username, clientSecret: secret },
    ...(scope !== undefined && { scope }),
  });
  return { mechanism, token };
};

/** Makes no connection. Throws `config.invalid` for settings that do not fit together. */
export const kafkaConnection = (
  settings: KafkaSettings,
  clientId: string,
  logger: Logger,
): KafkaConnection => {
  const tls = tlsOf(settings);
  const sasl = saslOf(settings);
  return {
    ...{ brokers: settings.kafkaBrokers, clientId, logger },
    ...(tls !== undefined && { tls }),
    ...(sasl !== undefined && { sasl }),
  };
};
