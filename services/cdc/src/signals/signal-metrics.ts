/** What became of signals. */
import type { Metrics } from '@millrace/runtime';

/** The way a signal came: a logical message, a row of the signal table, a record of the signal topic. */
export type SignalChannel = 'message' | 'table' | 'topic';

export interface SignalMetrics {
  signalled(channel: SignalChannel, outcome: 'obeyed' | 'refused'): void;
}

export const declareSignalMetrics = (metrics: Metrics): SignalMetrics => {
  const signals = metrics.counter({
    name: 'millrace_cdc_signal_requests_total',
    help: 'Signals that came, by their way (message, table, topic) and whether they were obeyed or refused.',
    labels: ['channel', 'outcome'],
  });
  return { signalled: (channel, outcome) => signals.labels(channel, outcome).inc() };
};
