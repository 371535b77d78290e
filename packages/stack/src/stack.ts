/** The parts of the stack, by the names used in the command line, in logs and in tests. */
export const stackParts = ['kafka', 'registry', 'postgres', 'clickhouse'] as const;

export type StackPart = (typeof stackParts)[number];

/** Where the running parts answer. The same for every backend. */
export interface StackEndpoints {
  /** `host:port,…` */
  readonly kafkaBrokers: string;
  /** Confluent-compatible API root. */
  readonly registryUrl: string;
  readonly postgresUrl: string;
  /** `http://user:password@host:port/database` */
  readonly clickhouseUrl: string;
}

export interface StackProgress {
  readonly part: StackPart | 'download';
  readonly state: 'downloading' | 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';
  /** Milliseconds since the start of the stack. */
  readonly atMs: number;
  readonly detail?: string;
}

export interface StackOptions {
  /** Kept between runs when given; a temporary directory, removed at stop, when not. */
  readonly dataDir?: string;
  /** Fixed ports; a free one is chosen for each part left out. */
  readonly ports?: Readonly<Partial<Record<StackPart, number>>>;
  /** A file with users, roles and profiles for ClickHouse's `users.d`; read at each start of that part. */
  readonly clickhouseUsers?: string;
  /** More places where Kafka listens, e.g. with TLS; embedded backend only. */
  readonly kafkaListeners?: readonly KafkaListener[];
  /** More lines of its server.properties; embedded backend only. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  /** Of its JVM (`-D`): what its server.properties cannot say; embedded backend only. */
  readonly kafkaSystemProperties?: Readonly<Record<string, string>>;
  /** Levels of its loggers, by their names, where warnings are not enough; embedded backend only. */
  readonly kafkaLoggers?: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: StackProgress) => void;
}

export interface KafkaListener {
  /** Upper case; its settings are `listener.name.<lower case>.…` of `kafkaProperties`. */
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  readonly port: number;
}

export interface RunningStack {
  readonly endpoints: StackEndpoints;
  readonly dataDir: string;
  /** Milliseconds from the call to the last part ready, downloads not counted. */
  readonly readyMs: number;
  /** Cold: the data directory was new. */
  readonly start: 'cold' | 'warm';
  /** Ends one part the hard way (SIGKILL); for tests of failures. Embedded backend only. */
  kill(part: StackPart): Promise<void>;
  /** Suspends (SIGSTOP) or continues (SIGCONT) one part; for tests of failures. Embedded backend only. */
  signal(part: StackPart, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts a part again on its old port and data, and waits until it is ready. Embedded backend only. */
  restart(part: StackPart): Promise<void>;
  stop(): Promise<void>;
}
