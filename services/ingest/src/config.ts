/** What the door can be told by its environment, each setting once; ids, limits and addresses only. */
import {
  type ConfigOf,
  defineConfig,
  kafkaSettings,
  platformSettings,
  setting,
} from '@millrace/runtime';
import { accessSettings } from './access/settings.ts';
import { admissionSettings } from './admission/settings.ts';

const { project, registryUrl } = platformSettings;

/** Every setting of the door. */
export const ingestConfig = defineConfig('ingest', {
  project,
  ...kafkaSettings,
  registryUrl,
  port: setting.port({
    env: 'MILLRACE_INGEST_PORT',
    default: 8080,
    description: 'Port that takes events. 0 takes a free one; the started line tells which.',
  }),
  host: setting.string({
    env: 'MILLRACE_INGEST_HOST',
    default: '0.0.0.0',
    description: 'Address that the event port is bound to.',
  }),
  bodyBytesMax: setting.bytes({
    env: 'MILLRACE_INGEST_BODY_MAX',
    default: 10 * 1024 * 1024,
    min: 1024,
    description: 'Largest body of a request; a larger one is answered with 413.',
  }),
  eventsMax: setting.integer({
    env: 'MILLRACE_INGEST_EVENTS_MAX',
    default: 10_000,
    min: 1,
    unit: 'events',
    description: 'Most events in one request; more are answered with 413.',
  }),
  eventBytesMax: setting.bytes({
    env: 'MILLRACE_INGEST_EVENT_MAX',
    default: 960 * 1024,
    min: 1024,
    description:
      'Largest event, encoded and with its headers. Below the max.message.bytes of every topic.',
  }),
  queueBytesMax: setting.bytes({
    env: 'MILLRACE_INGEST_QUEUE_MAX',
    default: 64 * 1024 * 1024,
    min: 1024 * 1024,
    description:
      'Memory of requests being read or waiting for Kafka: three times their bodies, 300 bytes an event, 6 KiB a request. Requests beyond are answered with 503 at once.',
  }),
  waitMaxMs: setting.duration({
    env: 'MILLRACE_INGEST_WAIT_MAX',
    default: 30_000,
    min: 0,
    description: 'How long a request may wait at most until its events are queryable.',
  }),
  sinkGroup: setting.string({
    env: 'MILLRACE_SINK_GROUP',
    default: 'millrace.sink',
    description:
      "Consumer group of the sink, whose offsets tell what is queryable; as the sink's own setting.",
  }),
  corsOrigins: setting.list({
    env: 'MILLRACE_INGEST_CORS_ORIGINS',
    default: [],
    description:
      'Origins of web pages that may post events and read the answers, e.g. https://shop.example; * for any. None when left out.',
  }),
  webhookOrigins: setting.list({
    env: 'MILLRACE_INGEST_WEBHOOK_ORIGINS',
    default: [],
    description:
      'Names of CloudEvents webhook senders that may deliver, as they give them in WebHook-Request-Origin; * for any.',
  }),
  acknowledgeTimeoutMs: setting.duration({
    env: 'MILLRACE_INGEST_ACKNOWLEDGE_TIMEOUT',
    default: 30_000,
    min: 100,
    description: 'How long a request waits for Kafka before it is answered with 503.',
  }),
  drainMs: setting.duration({
    env: 'MILLRACE_INGEST_DRAIN',
    default: 1000,
    min: 0,
    description:
      'How long a stopping door still takes requests, not ready and closing connections, so that clients move on.',
  }),
  spoolDirectory: setting.string({
    env: 'MILLRACE_INGEST_SPOOL_DIR',
    optional: true,
    description:
      'Directory of the disk spool, for this door alone and on a disk that stays with it. Without it streams with `ingest.spool` are answered with 503 while Kafka is away.',
  }),
  spoolBytesMax: setting.bytes({
    env: 'MILLRACE_INGEST_SPOOL_MAX',
    default: 1024 * 1024 * 1024,
    min: 1024 * 1024,
    description:
      'Bytes on the disk spool, all streams together; beyond, events are answered with 503.',
  }),
  spoolAfterMs: setting.duration({
    env: 'MILLRACE_INGEST_SPOOL_AFTER',
    default: 2000,
    min: 50,
    description:
      'How long Kafka may owe an acknowledgement before events go to the disk spool; below MILLRACE_INGEST_ACKNOWLEDGE_TIMEOUT.',
  }),
  windowEvents: setting.integer({
    env: 'MILLRACE_INGEST_WINDOW_EVENTS',
    default: 1_000_000,
    min: 1000,
    max: 100_000_000,
    unit: 'events',
    description:
      'Event ids that the door remembers, divided evenly among the streams; at most 32 bytes of memory each.',
  }),
  restoreEvents: setting.integer({
    env: 'MILLRACE_INGEST_RESTORE_EVENTS',
    default: 250_000,
    min: 0,
    unit: 'events',
    description:
      'Event ids that are read back from the end of a topic whose ids no door has told yet, and after a write whose outcome is not known.',
  }),
  quarantineBytesPerSecond: setting.bytes({
    env: 'MILLRACE_INGEST_QUARANTINE_RATE',
    default: 1024 * 1024,
    min: 0,
    description:
      'Bytes of rejected events that are kept each second, of each stream, with ten seconds in reserve; what comes beyond is told as not kept. 0 keeps none.',
  }),
  quarantineEventBytesMax: setting.bytes({
    env: 'MILLRACE_INGEST_QUARANTINE_EVENT_MAX',
    default: 512 * 1024,
    min: 1024,
    max: 900 * 1024,
    description: 'Bytes of a rejected event or body that are kept; of a larger one the beginning.',
  }),
  windowAgeMs: setting.duration({
    env: 'MILLRACE_INGEST_WINDOW_AGE',
    default: 24 * 3_600_000,
    min: 60_000,
    description:
      'How long the ids of events are kept for restarts and other doors; the window remembers them as long as it has room.',
  }),
  shareMs: setting.duration({
    env: 'MILLRACE_INGEST_WINDOW_SHARE',
    default: 1000,
    min: 50,
    description: 'How often a door tells the others which events it took.',
  }),
  ...accessSettings,
  ...admissionSettings,
});

export type IngestConfig = ConfigOf<typeof ingestConfig>;
