/** The servers outside of the cluster that the release uses: the embedded stack, and its ports where pods reach them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, type RunningStack, startStack } from '@millrace/stack';
import { setScramUser } from '../../failures/scram-user.ts';
import { createAuthority } from './certificates.ts';
import { forward } from './node/forward.ts';
import { addresses } from './node/network.ts';

export interface Servers {
  readonly stack: RunningStack;
  /** Where pods reach Kafka, at the host's address. */
  readonly kafkaPort: number;
  /** Who may come in there, and whom to trust (PEM); undefined when it is open to everybody in clear. */
  readonly kafkaUser?: { readonly name: string; readonly password: string; readonly ca: string };
  stop(): Promise<void>;
}

const user = { name: 'millrace', password: 'kafka secret, with = and 100 %' };

/** Of a listener with TLS and SCRAM-SHA-512. */
const secureListener = async (directory: string) => {
  const authority = await createAuthority(directory);
  const { certificate, key } = await authority.issue('kafka', [`IP:${addresses.host}`]);
  const keystore = join(directory, 'keystore.pem');
  writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'));
  const properties = {
    'listener.name.pods.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.pods.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.pods.ssl.keystore.type': 'PEM',
    'listener.name.pods.ssl.keystore.location': keystore,
  };
  return { properties, ca: readFileSync(authority.file, 'utf8') };
};

/**
 * Starts them; the cluster's network must be there.
 * @param secure Kafka asks pods for a user and speaks TLS with them
 */
export const startServers = async ({ secure = false } = {}): Promise<Servers> => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-servers-'));
  const [kafka = 0, forPods = 0] = await freePorts(2);
  const its = secure ? await secureListener(directory) : undefined;
  const stack = await startStack({
    backend: 'embedded',
    ports: { kafka },
    kafkaListeners: [{ name: 'PODS', protocol: secure ? 'SASL_SSL' : 'PLAINTEXT', port: forPods }],
    kafkaProperties: {
      ...its?.properties,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${kafka},PODS://${addresses.host}:${forPods}`,
    },
  });
  const { kafkaBrokers, registryUrl, postgresUrl, clickhouseUrl } = stack.endpoints;
  if (its) await setScramUser(kafkaBrokers, user.name, user.password, 'scram-sha-512');
  const ports = [registryUrl, postgresUrl, clickhouseUrl].map((url) => Number(new URL(url).port));
  const closing = await Promise.all(
    [forPods, ...ports].map((port) => forward(addresses.host, port)),
  );
  const stop = async () => {
    await Promise.all(closing.map((close) => close()));
    await stack.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  return { stack, kafkaPort: forPods, ...(its && { kafkaUser: { ...user, ca: its.ca } }), stop };
};
