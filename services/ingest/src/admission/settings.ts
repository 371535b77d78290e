/** Settings of how much may be sent, and over how many connections; config.ts takes them over. */
import { setting } from '@millrace/runtime';

export const admissionSettings = {
  requestRate: setting.integer({
    env: 'MILLRACE_INGEST_RATE_REQUESTS',
    default: 0,
    min: 0,
    unit: 'requests/s',
    description:
      'Requests a second of a sender whose key says nothing of it; of an address where no keys are asked for. 0: no limit.',
  }),
  eventRate: setting.integer({
    env: 'MILLRACE_INGEST_RATE_EVENTS',
    default: 0,
    min: 0,
    unit: 'events/s',
    description: 'Events a second of such a sender. 0: no limit.',
  }),
  byteRate: setting.bytes({
    env: 'MILLRACE_INGEST_RATE_BYTES',
    default: 0,
    min: 0,
    unit: 'bytes/s',
    description: 'Bytes of bodies a second of such a sender. 0: no limit.',
  }),
  burstMs: setting.duration({
    env: 'MILLRACE_INGEST_RATE_BURST',
    default: 2000,
    min: 1,
    description: 'What a sender or stream saves up while it rests: that many seconds of its rates.',
  }),
  limitsHold: setting.enumeration({
    env: 'MILLRACE_INGEST_LIMITS_HOLD',
    values: ['per-door', 'together'],
    default: 'per-door',
    description:
      'Whether rates and quotas of senders and streams are those of each door, or of all doors together, of which each has an equal part. A sender that keeps to one door has that part alone.',
  }),
  streamRate: setting.integer({
    env: 'MILLRACE_INGEST_STREAM_RATE',
    default: 0,
    min: 0,
    unit: 'events/s',
    description:
      'Events a second of a stream, of all senders together, where its contract says nothing. 0: no limit.',
  }),
  keyRate: setting.integer({
    env: 'MILLRACE_INGEST_KEY_RATE',
    default: 0,
    min: 0,
    unit: 'events/s',
    description:
      'Events a second of one Kafka key, where the contract says nothing; those beyond are refused alone. 0: no limit.',
  }),
  refusalsPerMinute: setting.integer({
    env: 'MILLRACE_INGEST_REFUSALS_PER_MINUTE',
    default: 60,
    min: 1,
    unit: 'requests/min',
    description:
      'Requests without a valid credential that an address may make; beyond, only valid API keys get through.',
  }),
  trustedProxies: setting.list({
    env: 'MILLRACE_INGEST_TRUSTED_PROXIES',
    default: [],
    description:
      "Addresses or networks (CIDR) whose X-Forwarded-For is believed and whose connections are not counted as one client's.",
  }),
  connectionsMax: setting.integer({
    env: 'MILLRACE_INGEST_CONNECTIONS_MAX',
    default: 10_000,
    min: 1,
    unit: 'connections',
    description: 'Open connections; more are closed as they come, before anything is read.',
  }),
  connectionsPerAddress: setting.integer({
    env: 'MILLRACE_INGEST_CONNECTIONS_PER_ADDRESS',
    default: 2000,
    min: 1,
    unit: 'connections',
    description: 'Open connections of one address (IPv6: /64), trusted proxies aside.',
  }),
  connectionRequests: setting.integer({
    env: 'MILLRACE_INGEST_CONNECTION_REQUESTS',
    default: 0,
    min: 0,
    unit: 'requests',
    description:
      'Requests after which a connection is closed, so that clients spread over new doors. 0: none.',
  }),
  keepAliveMs: setting.duration({
    env: 'MILLRACE_INGEST_KEEP_ALIVE',
    default: 72_000,
    min: 1000,
    description:
      'How long an idle connection is kept; longer than a load balancer in front keeps its own.',
  }),
  headerTimeoutMs: setting.duration({
    env: 'MILLRACE_INGEST_HEADER_TIMEOUT',
    default: 10_000,
    min: 100,
    description:
      'How long the header of a request may take, and a TLS handshake, counted from the connection on.',
  }),
  requestTimeoutMs: setting.duration({
    env: 'MILLRACE_INGEST_REQUEST_TIMEOUT',
    default: 60_000,
    min: 100,
    description: 'How long a whole request may take to come.',
  }),
  bodyRateMin: setting.bytes({
    env: 'MILLRACE_INGEST_BODY_RATE_MIN',
    default: 1024,
    min: 0,
    unit: 'bytes/s',
    description:
      'Slowest body, on the average after 5 s: a slower one holds its place in the queue for too little. 0: any.',
  }),
  headerBytesMax: setting.bytes({
    env: 'MILLRACE_INGEST_HEADER_MAX',
    default: 16 * 1024,
    min: 1024,
    description: 'Largest header of a request.',
  }),
};
