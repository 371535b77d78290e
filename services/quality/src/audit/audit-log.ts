/** The audit's topic: steps as JSON, written with acks=all, made when it is first needed. */
import { auditTopic, auditTopicSettings, MillraceError, topicConfig } from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection } from '@millrace/kafka';
import type { AuditOutcome, Role } from '@millrace/operations';

/** One step of an action; those of one action share the id. */
export interface AuditStep {
  readonly id: string;
  readonly atMs: number;
  readonly by: string;
  readonly role: Role;
  /** The network that it came from, not the whole address. */
  readonly from: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  readonly outcome: AuditOutcome;
}

export interface AuditLog {
  readonly topic: string;
  /** Resolves when all replicas in sync hold it. */
  write(step: AuditStep): Promise<void>;
  /** Steps that this process wrote since it began. */
  readonly written: number;
  close(): Promise<void>;
}

export const createAuditLog = (options: {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly retentionMs: number;
  /** How long one write may take before it rejects; it may be on Kafka then, or not. */
  readonly timeoutMs: number;
  /** Of the platform's own when left out. */
  readonly topic?: string;
}): AuditLog => {
  const { connection, admin, retentionMs, topic = auditTopic } = options;
  const { timeoutMs } = options;
  const producer = createProducer(connection, { deliveryTimeoutMs: timeoutMs });
  let made: Promise<unknown> | undefined;
  let written = 0;
  const ensureTopic = (): Promise<unknown> => {
    if (made !== undefined) return made;
    const settings = { ...auditTopicSettings(retentionMs), name: topic };
    const { partitions, replicationFactor } = settings;
    const making = admin.createTopics([
      { name: topic, partitions, replicationFactor, config: topicConfig(settings) },
    ]);
    made = making;
    // what failed is tried anew by the next
    making.catch(() => {
      made = undefined;
    });
    return making;
  };
  return {
    topic,
    write: async (step) => {
      const record = { key: Buffer.from(step.id), value: Buffer.from(JSON.stringify(step)) };
      const writing = ensureTopic().then(() =>
        producer.send([{ topic, partition: 0, records: [record] }]),
      );
      await within(writing, timeoutMs);
      written += 1;
    },
    get written() {
      return written;
    },
    close: () => producer.close(),
  };
};

/** Rejects with `kafka.unavailable` when it takes longer; what goes on behind it is nobody's any more. */
const within = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const why = `no answer of Kafka within ${timeoutMs} ms`;
  const timer = setTimeout(
    () => reject(new MillraceError('kafka.unavailable', why, { retryable: true })),
    timeoutMs,
  );
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
