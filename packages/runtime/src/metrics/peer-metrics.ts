import type { Metrics } from './metrics.ts';

/** What a service measures of the other processes of its consumer groups. */
export interface PeerMetrics {
  /** Members of dead processes were put out of their group. */
  evicted(members: number): void;
  /** Gives the gauge its source: processes whose life is watched now. */
  observe(watched: () => number): void;
}

/** The same for every service whose instances watch each other. */
export const declarePeerMetrics = (metrics: Metrics): PeerMetrics => {
  const prefix = `millrace_${metrics.service.replaceAll('-', '_')}`;
  let watched = () => 0;
  metrics.gauge({
    name: `${prefix}_peer_connections`,
    help: 'Other processes of the consumer group whose life this one watches.',
    collect: (gauge) => gauge.set(watched()),
  });
  const evicted = metrics.counter({
    name: `${prefix}_evicted_members_total`,
    help: 'Members of dead processes that this one put out of the consumer group.',
  });
  return {
    evicted: (members) => evicted.inc(members),
    observe(source) {
      watched = source;
    },
  };
};
