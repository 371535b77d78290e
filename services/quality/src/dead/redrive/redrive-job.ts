/**
 * What was asked to be sent again and how far it is: one record a redrive on a compacted topic of the platform's own, written before each
 * batch and behind it. So a killed service goes on with the batch that was under way, and with no other.
 */
import { deadRedrivesTopic, deadRedrivesTopicSettings, topicConfig } from '@millrace/contracts';
import {
  type Admin,
  createProducer,
  type KafkaConnection,
  type OutgoingBatch,
  readPartition,
} from '@millrace/kafka';
import type { RedriveReport, RedriveRequest, Role } from '@millrace/operations';

export interface RedriveJob {
  readonly id: string;
  /** Whose it is: several installations may share a Kafka cluster. */
  readonly home: string;
  readonly request: Required<Omit<RedriveRequest, 'ids' | 'dryRun'>> & {
    readonly ids?: readonly string[];
  };
  readonly by: string;
  readonly role: Role;
  /** Of the audit. */
  readonly auditId: string;
  readonly state: RedriveReport['state'];
  readonly matched: number;
  readonly sent: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly byReason: Readonly<Record<string, number>>;
  readonly startedMs: number;
  readonly endedMs: number | null;
  /** It failed. */
  readonly why?: string;
  /** Counts batches. */
  readonly batch: number;
  /** Behind the last letter that was looked at. */
  readonly cursor?: { readonly atMs: number; readonly id: string };
  /** Letters of the batch that is under way. */
  readonly sending?: readonly string[];
  /** The batch whose signals to captures are on Kafka. */
  readonly signalled?: number;
}

export interface JobStore {
  all(): Promise<readonly RedriveJob[]>;
  save(job: RedriveJob): Promise<void>;
  /** What `save` writes, for a transaction. */
  batchOf(job: RedriveJob): OutgoingBatch;
  close(): Promise<void>;
}

/** Host and database: where the letters are indexed that it is about. */
export const homeOf = (clickhouseUrl: string): string => {
  const { host, pathname } = new URL(clickhouseUrl);
  return `${host}${pathname}`;
};

/** Of one installation's redrives; the topic is made when it is missing. */
export const openJobStore = async (
  connection: KafkaConnection,
  admin: Admin,
  home: string,
): Promise<JobStore> => {
  const settings = deadRedrivesTopicSettings;
  await admin.createTopics([{ ...settings, config: topicConfig(settings) }]);
  const producer = createProducer(connection);
  const batchOf = (job: RedriveJob): OutgoingBatch => {
    const records = [{ key: Buffer.from(job.id), value: Buffer.from(JSON.stringify(job)) }];
    return { topic: deadRedrivesTopic, partition: 0, records };
  };
  return {
    batchOf,
    save: async (job) => {
      await producer.send([batchOf(job)]);
    },
    all: async () => {
      const found = new Map<string, RedriveJob>();
      const from = { topic: deadRedrivesTopic, partition: 0, fromOffset: 0 };
      // a transaction of signals that a killed service left open would hide newer states of others
      const committed = { ...from, isolation: 'read_committed', awaitOpen: {} } as const;
      const records = readPartition(connection, committed);
      for await (const { key, value } of records) {
        if (value === null) found.delete(String(key));
        else found.set(String(key), JSON.parse(value.toString('utf8')) as RedriveJob);
      }
      return [...found.values()].filter((job) => job.home === home);
    },
    close: () => producer.close(),
  };
};

/** As the API tells it. */
export const reportOf = (job: RedriveJob): RedriveReport => ({
  ...{ id: job.id, by: job.by, reason: job.request.reason, state: job.state },
  ...{ matched: job.matched, sent: job.sent, startedMs: job.startedMs, endedMs: job.endedMs },
  ...(job.why !== undefined && { why: job.why }),
  refused: Object.entries(job.refused).map(([why, count]) => ({ why, count })),
  byReason: Object.entries(job.byReason).map(([code, count]) => ({ code, count })),
});

/** Counts with one more of each. */
export const counted = (
  counts: Readonly<Record<string, number>>,
  more: readonly string[],
): Readonly<Record<string, number>> => {
  const next = { ...counts };
  for (const one of more) next[one] = (next[one] ?? 0) + 1;
  return next;
};
