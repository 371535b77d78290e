import type { Metrics } from '@millrace/runtime';
import { createAdmissionMetrics } from './admission/metrics.ts';
import { createPullMetrics } from './pull/follow/pull-metrics.ts';

/**
 * Everything that the door measures. Topics are few: one for each contract.
 * @param queueBytes read at each scrape
 */
export const createIngestMetrics = (metrics: Metrics, queueBytes: () => number = () => 0) => ({
  ...createPartMetrics(metrics),
  ...createRequestMetrics(metrics),
  accepted: metrics.tally({
    name: 'millrace_ingest_accepted_events_total',
    help: 'Events that Kafka acknowledged, or that were taken onto the disk spool.',
    labels: ['topic'],
  }),
  duplicates: metrics.counter({
    name: 'millrace_ingest_duplicate_events_total',
    help: 'Events answered as accepted because their id had been accepted before.',
    labels: ['topic'],
  }),
  receivedBytes: metrics.tally({
    name: 'millrace_ingest_received_bytes_total',
    help: 'Bytes of the bodies of requests for events, as they were sent. The topic is empty for CloudEvents that say their streams.',
    labels: ['topic'],
  }),
  expandedBytes: metrics.counter({
    name: 'millrace_ingest_expanded_bytes_total',
    help: 'Bytes that compressed bodies expanded to, by content coding.',
    labels: ['coding'],
  }),
  waits: metrics.counter({
    name: 'millrace_ingest_waited_requests_total',
    help: 'Requests that asked to wait until their events are queryable, by how the waiting ended.',
    labels: ['outcome'],
  }),
  waiting: metrics.gauge({
    name: 'millrace_ingest_waiting_requests',
    help: 'Requests that wait until their events are queryable.',
  }),
  queryableSeconds: metrics.histogram({
    name: 'millrace_ingest_queryable_seconds',
    help: 'From the acknowledgement of events whose request waits to the moment when they are queryable.',
  }),
  produceSeconds: metrics.spread({
    name: 'millrace_ingest_produce_seconds',
    help: 'From the moment a batch is handed to the producer to its acknowledgement.',
  }),
  queueBytes: metrics.gauge({
    name: 'millrace_ingest_queue_bytes',
    help: 'Bytes of bodies being read or waiting for Kafka.',
    collect: (gauge) => gauge.set(queueBytes()),
  }),
  spooledEvents: metrics.counter({
    name: 'millrace_ingest_spooled_events_total',
    help: 'Events taken onto the disk spool because Kafka was away.',
    labels: ['topic'],
  }),
  drainedEvents: metrics.counter({
    name: 'millrace_ingest_drained_events_total',
    help: 'Events written to Kafka out of the disk spool; those that had reached it before are not counted.',
    labels: ['topic'],
  }),
  ...spoolGauges(metrics),
});

/** What became of rejected events. */
const createQuarantineMetrics = (metrics: Metrics) => ({
  rejected: metrics.counter({
    name: 'millrace_ingest_rejected_events_total',
    help: 'Events refused one by one, by error code. The topic is empty where the stream is unknown.',
    labels: ['topic', 'code'],
  }),
  quarantined: metrics.counter({
    name: 'millrace_ingest_quarantined_events_total',
    help: 'Rejected events that are kept in millrace.rejected_events.',
    labels: ['topic'],
  }),
  quarantineLost: metrics.counter({
    name: 'millrace_ingest_quarantine_lost_events_total',
    help: 'Rejected events that were not kept, by reason: rate (MILLRACE_INGEST_QUARANTINE_RATE) or kafka.',
    labels: ['topic', 'reason'],
  }),
});

/** A stream's window, as far as it is measured. */
interface MeasuredWindow {
  readonly topic: string;
  readonly window: { size(): number; reachMs(nowMs: number): number | undefined };
}

/** Of the parts that measure for themselves; those of `pull` are made by its thread, too, and added up. */
const createPartMetrics = (metrics: Metrics) => ({
  ...createAdmissionMetrics(metrics),
  ...createWindowMetrics(metrics),
  ...createQuarantineMetrics(metrics),
  pull: createPullMetrics(metrics),
});

/** What the door remembers of ids, read at each scrape. */
const createWindowMetrics = (metrics: Metrics) => {
  let windows: readonly MeasuredWindow[] = [];
  let promisedMs = 0;
  let doors: () => number = () => 1;
  return {
    /** From now on these windows are told; what has forgotten nothing yet reaches as far as is promised. */
    watchWindows: (watched: readonly MeasuredWindow[], windowAgeMs: number) => {
      windows = watched;
      promisedMs = windowAgeMs;
    },
    watchLimitParts: (counted: () => number) => {
      doors = counted;
    },
    limitParts: metrics.gauge({
      name: 'millrace_ingest_limit_parts',
      help: 'Of how many equal parts of its limits this door lets one through: the doors that it knows to be open where limits hold together, else 1.',
      collect: (gauge) => gauge.set({}, doors()),
    }),
    restoredEvents: metrics.gauge({
      name: 'millrace_ingest_restored_events',
      help: 'Event ids known at start, out of the blocks of all doors and the ends of the topics.',
    }),
    readBackEvents: metrics.counter({
      name: 'millrace_ingest_read_back_events_total',
      help: 'Events read back from their topics, by what for: to know their ids (ids), or to see which events of the disk spool are there already (spool).',
      labels: ['topic', 'for'],
    }),
    windowEvents: metrics.gauge({
      name: 'millrace_ingest_window_events',
      help: 'Event ids that the door remembers.',
      labels: ['topic'],
      collect: (gauge) => {
        for (const { topic, window } of windows) gauge.set({ topic }, window.size());
      },
    }),
    windowReach: metrics.gauge({
      name: 'millrace_ingest_window_reach_seconds',
      help: 'How far back every event id is known, at most what MILLRACE_INGEST_WINDOW_AGE promises.',
      labels: ['topic'],
      collect: (gauge) => {
        for (const { topic, window } of windows) {
          const reachMs = window.reachMs(Date.now()) ?? promisedMs;
          gauge.set({ topic }, Math.min(reachMs, promisedMs) / 1000);
        }
      },
    }),
  };
};

/** What a spool tells of itself at each scrape. */
interface WatchedSpool {
  bytes(): number;
  oldestMs(): number | undefined;
}

const spoolGauges = (metrics: Metrics) => {
  const watched = new Map<string, WatchedSpool>();
  metrics.gauge({
    name: 'millrace_ingest_spool_bytes',
    help: 'Bytes on the disk spool that Kafka does not have yet.',
    labels: ['topic'],
    collect: (gauge) => {
      for (const [topic, spool] of watched) gauge.set({ topic }, spool.bytes());
    },
  });
  metrics.gauge({
    name: 'millrace_ingest_spool_oldest_seconds',
    help: 'Age of the oldest event on the disk spool; 0 when it is empty.',
    labels: ['topic'],
    collect: (gauge) => {
      for (const [topic, spool] of watched) {
        const oldestMs = spool.oldestMs();
        gauge.set({ topic }, oldestMs === undefined ? 0 : (Date.now() - oldestMs) / 1000);
      }
    },
  });
  return { watchSpool: (topic: string, spool: WatchedSpool) => void watched.set(topic, spool) };
};

const createRequestMetrics = (metrics: Metrics) => ({
  requests: metrics.tally({
    name: 'millrace_ingest_http_requests_total',
    help: 'Requests to the event port, by HTTP status.',
    labels: ['status'],
  }),
  requestSeconds: metrics.spread({
    name: 'millrace_ingest_http_request_seconds',
    help: 'From the last byte of a request for events to its answer, acknowledgement included.',
  }),
});

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;
