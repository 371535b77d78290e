import type { Metrics } from '@millrace/runtime';

/** What the service measures of who comes in and who does not. */
export const accessMetrics = (metrics: Metrics) => ({
  refusals: metrics.counter({
    name: 'millrace_quality_refused_requests_total',
    help: 'Requests that were refused for who sent them or from where, by error code.',
    labels: ['code'],
  }),
  sessions: metrics.gauge({
    name: 'millrace_quality_open_sessions_state',
    help: 'Logins that hold now and are kept by the service; 0 where they are sealed into cookies.',
  }),
});

export type AccessMetrics = ReturnType<typeof accessMetrics>;
