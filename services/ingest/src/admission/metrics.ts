/** What is measured of who is let in; part of metrics.ts. */
import type { Metrics } from '@millrace/runtime';

export const createAdmissionMetrics = (metrics: Metrics) => ({
  refused: metrics.counter({
    name: 'millrace_ingest_refused_requests_total',
    help: 'Requests refused before their body was read, for who sends or how much, by error code.',
    labels: ['code'],
  }),
  refusedConnections: metrics.counter({
    name: 'millrace_ingest_refused_connections_total',
    help: 'Connections closed as they came: too many in all, or of one address.',
    labels: ['reason'],
  }),
  openConnections: metrics.gauge({
    name: 'millrace_ingest_open_connections',
    help: 'Open connections to the event port.',
  }),
  senderEvents: metrics.counter({
    name: 'millrace_ingest_sender_events_total',
    help: 'Events by the id of the key that sent them: the first 100 keys, the rest as other, tokens as jwt.',
    labels: ['sender'],
  }),
});
