/**
 * apache/kafka: /opt/kafka with scripts and jars, appuser, /etc/kafka/docker/run, which has server.properties made of KAFKA_* by Kafka's own
 * KafkaDockerWrapper.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, cachedArtifacts } from '@millrace/stack';
import type { ServerImage } from '../server-image.ts';
import { ensureJava } from './java.ts';

const here = fileURLToPath(new URL('kafka/', import.meta.url));
const pom = join(here, 'pom.xml');
const sums = readFileSync(join(here, 'SHA256SUMS'), 'utf8');

const jars = async (): Promise<string> => {
  const set = {
    ...{ name: 'kafka-image', description: 'Kafka for its image', goals: ['package'] },
    ...{ pom, sums, neededBytes: 100 * 1024 * 1024 },
  };
  const { directory } = await cachedArtifacts(cacheDir(process.env), set, () => undefined);
  return join(directory, 'libs');
};

/** @throws `stack.maven-missing` and what else its download may end with, once it is built */
export const kafka = (): ServerImage => ({
  tag: '4.3.1',
  base: ensureJava,
  packages: [],
  version: sums,
  root: join(here, 'root'),
  programs: async () => ({ '/opt/kafka/libs': await jars() }),
  setup: [
    'useradd --create-home --uid 1000 appuser',
    'mkdir -p /var/lib/kafka/data /opt/kafka/config /etc/kafka/given',
    'chown -R appuser:appuser /opt/kafka /etc/kafka/given',
    'chown -R appuser:root /var/lib/kafka /etc/kafka',
  ],
  config: [
    ...['--user', 'appuser', '--cmd', '["/etc/kafka/docker/run"]'],
    ...['--volume', '/var/lib/kafka/data', '--port', '9092'],
  ],
});
