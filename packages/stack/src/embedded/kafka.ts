/** Apache Kafka: one node, broker and controller in one (KRaft), plain text on 127.0.0.1. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaAnswers } from '../probe.ts';
import type { KafkaListener } from '../stack.ts';
import { cdsArchive } from './cds-archive.ts';
import type { Java } from './java.ts';
import type { JavaArtifacts } from './java-artifacts.ts';
import { jvmOptions, stopGraceMs, stopNote } from './jvm.ts';
import type { EmbeddedPart, StackFolders } from './part.ts';

export interface KafkaSettings {
  readonly folders: StackFolders;
  readonly cache: string;
  readonly java: Java;
  readonly artifacts: JavaArtifacts;
  readonly port: number;
  readonly controllerPort: number;
  readonly listeners?: readonly KafkaListener[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly systemProperties?: Readonly<Record<string, string>>;
  readonly loggers?: Readonly<Record<string, string>>;
}

/** What the storage tool writes when it formats a directory, without starting a JVM for it. */
const metaProperties = `version=1
cluster.id=MkU3OEVBNTcwNTJENDM2Qg
node.id=1
directory.id=c3RhY2sta2Fma2EtZGlyMQ
`;

/** Warnings and errors of all of it, and of some loggers as much as their levels say. */
const log4jOf = (loggers: Readonly<Record<string, string>>): string => {
  const named = Object.entries(loggers).map(([name, level]) => `{name: ${name}, level: ${level}}`);
  return `Configuration:
  Appenders:
    Console: {name: Console, PatternLayout: {pattern: "%d %p %c{1} %m%n"}}
  Loggers:
    Root: {level: warn, AppenderRef: {ref: Console}}
    Logger: [${named.join(', ')}]
`;
};

/** As Java reads such a file: byte by byte as Latin-1, with a backslash before what is meant otherwise. */
const escaped = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** server.properties for one node on one machine. */
export function serverProperties(
  port: number,
  controllerPort: number,
  logDir: string,
  { listeners = [], properties = {} }: Pick<KafkaSettings, 'listeners' | 'properties'> = {},
): string {
  const more = listeners.map(({ name, port: own }) => `,${name}://127.0.0.1:${own}`).join('');
  const protocols = listeners.map(({ name, protocol }) => `,${name}:${protocol}`).join('');
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${more}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${more}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT${protocols}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': logDir.replaceAll('\\', String.raw`\\`),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // Topics come from contracts; a misspelt one must fail.
    'auto.create.topics.enable': false,
    // After a kill -9 a broker waits for the end of its old session: 9 s by default. Shorter than this, a broker on a
    // busy machine is taken for dead by its own controller, and refuses to make topics.
    'broker.session.timeout.ms': 6000,
    'broker.heartbeat.interval.ms': 500,
    // What a broker does now and then is soon seen here: compaction after 15 s by default, the end of an overdue
    // transaction after 10 s.
    'log.cleaner.backoff.ms': 500,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
    ...properties,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escaped(String(value))}\n`)
    .join('');
}

export function kafkaPart(settings: KafkaSettings): EmbeddedPart {
  const { folders, java, artifacts, port, controllerPort } = settings;
  const archive = cdsArchive(settings.cache, 'kafka', [java.fingerprint, artifacts.key]);
  return {
    name: 'kafka',
    port,
    prepare: async () => {
      const data = join(folders.dataDir, 'kafka');
      mkdirSync(data, { recursive: true });
      const meta = join(data, 'meta.properties');
      if (!existsSync(meta)) writeFileSync(meta, metaProperties);
      const config = join(folders.confDir, 'kafka.properties');
      writeFileSync(config, serverProperties(port, controllerPort, data, settings));
      const logging = join(folders.confDir, 'kafka-log4j2.yaml');
      writeFileSync(logging, log4jOf(settings.loggers ?? {}));
      const given = Object.entries(settings.systemProperties ?? {});
      const options = [
        ...jvmOptions('512m', archive),
        ...given.map(([name, value]) => `-D${name}=${value}`),
      ];
      return {
        command: java.command,
        args: [
          ...options,
          `-Dlog4j2.configurationFile=${logging}`,
          '-cp',
          artifacts.kafkaClassPath,
          'kafka.Kafka',
          config,
        ],
        stopSignal: 'SIGTERM',
        stopGraceMs: stopGraceMs(archive),
      };
    },
    isReady: () => kafkaAnswers({ host: '127.0.0.1', port }),
    stopNote: () => stopNote(archive),
    afterExit: archive.settle,
  };
}
