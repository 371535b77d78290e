/** Apicurio Registry with its state on Kafka, answering the Confluent API. */

import { httpStatus } from '../probe.ts';
import { cdsArchive } from './cds-archive.ts';
import type { Java } from './java.ts';
import type { JavaArtifacts } from './java-artifacts.ts';
import { jvmOptions, stopGraceMs, stopNote } from './jvm.ts';
import type { EmbeddedPart } from './part.ts';

export interface RegistrySettings {
  readonly cache: string;
  readonly java: Java;
  readonly artifacts: JavaArtifacts;
  readonly port: number;
  readonly kafkaPort: number;
}

export const registryUrl = (port: number) => `http://127.0.0.1:${port}/apis/ccompat/v7`;

/** May be started before Kafka answers: its clients retry. */
export function registryPart(settings: RegistrySettings): EmbeddedPart {
  const { java, artifacts, port, kafkaPort } = settings;
  const archive = cdsArchive(settings.cache, 'registry', [java.fingerprint, artifacts.key]);
  const kafka = `127.0.0.1:${kafkaPort}`;
  return {
    name: 'registry',
    port,
    prepare: async () => ({
      command: java.command,
      args: [...jvmOptions('384m', archive), '-jar', artifacts.registryJar],
      cwd: artifacts.registryDir,
      env: {
        APICURIO_STORAGE_KIND: 'kafkasql',
        APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: kafka,
        KAFKA_BOOTSTRAP_SERVERS: kafka,
        // It polls an empty topic once before it is ready: 5 s by default.
        APICURIO_KAFKASQL_CONSUMER_POLL_TIMEOUT: '200',
        QUARKUS_HTTP_PORT: String(port),
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_LOG_LEVEL: 'WARN',
        QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false',
      },
      stopSignal: 'SIGTERM',
      stopGraceMs: stopGraceMs(archive),
    }),
    // Its API answers, with an empty list of subjects, before it has read its state from Kafka; its health does not.
    isReady: async () => (await httpStatus(`http://127.0.0.1:${port}/health/ready`)) === 200,
    stopNote: () => stopNote(archive),
    afterExit: archive.settle,
  };
}
