/**
 * A message in the source's log now and then. Without one a slot of tables that nobody writes stands still while
 * others fill the log; and its way back tells how late the stream is, also when no row comes.
 */
import type { CdcMetrics } from '../metrics.ts';
import type { StreamListener } from '../stream-listener.ts';
import type { SourceConnection } from './source-connection.ts';

export interface HeartbeatOptions {
  readonly source: string;
  readonly control: SourceConnection;
  /** 0: none. */
  readonly intervalMs: number;
  readonly metrics: CdcMetrics;
  readonly nowMs: () => number;
}

export interface Heartbeat {
  readonly listener: StreamListener;
  start(): void;
  stop(): void;
}

export const createHeartbeat = (options: HeartbeatOptions): Heartbeat => {
  const { control, metrics, nowMs } = options;
  const prefix = `millrace.heartbeat.${options.source}`;
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => {
    control
      .query('select pg_logical_emit_message(false, $1, $2)', [prefix, String(nowMs())])
      // a broken connection ends the session by itself
      .catch(() => undefined);
  };
  return {
    listener: {
      logicalMessage: (message) => {
        if (message.prefix !== prefix) return;
        metrics.heartbeat(nowMs() - Number(message.content.toString('latin1')));
      },
    },
    start: () => {
      if (options.intervalMs === 0) return;
      beat();
      timer = setInterval(beat, options.intervalMs);
    },
    stop: () => clearInterval(timer),
  };
};
