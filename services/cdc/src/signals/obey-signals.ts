/**
 * Signals out of the stream: logical messages that a person or `millrace cdc` writes. They come in the order of the
 * log, and what they ask for is remembered with the position behind them, so a restart neither loses nor repeats one.
 */
import type { Logger } from '@millrace/pipeline';
import type { IncrementalSnapshot } from '../incremental/incremental-snapshot.ts';
import { selectTables } from '../source/captured-tables.ts';
import type { TableName } from '../source/catalog.ts';
import type { StreamListener } from '../stream-listener.ts';
import { parseSignalText, type Signal } from './parse-signal.ts';

export const signalPrefix = (source: string): string => `millrace.signal.${source}`;

export interface SignalOptions {
  readonly source: string;
  readonly snapshot: IncrementalSnapshot;
  /** Tables that are captured now. */
  captured(): readonly TableName[];
  readonly logger: Logger;
}

export const createSignals = (options: SignalOptions): StreamListener => {
  const { logger, snapshot } = options;
  const prefix = signalPrefix(options.source);

  const obey = (signal: Exclude<Signal, { readonly type: 'refused' }>): void => {
    switch (signal.type) {
      case 'execute-snapshot': {
        const { conditions, tables: patterns } = signal.request;
        const { tables, unmatched } = selectTables(options.captured(), patterns);
        if (unmatched.length > 0) {
          logger.warn({ id: signal.id, patterns: unmatched }, 'a signal names no captured table');
        }
        snapshot.request(
          tables.map(({ schema, table }) => {
            const condition = conditions.get(`${schema}.${table}`);
            return {
              schema,
              table,
              rows: 0,
              asked: true,
              ...(condition === undefined ? {} : { condition }),
            };
          }),
        );
        return;
      }
      case 'stop-snapshot':
        snapshot.stop((table) => selectTables([table], signal.tables).tables.length > 0);
        return;
      case 'pause-snapshot':
        snapshot.pause();
        return;
      case 'resume-snapshot':
        snapshot.resume();
        return;
      case 'log':
        logger.info({ id: signal.id, message: signal.message }, 'signal');
        return;
    }
  };

  return {
    logicalMessage: (message) => {
      if (message.prefix !== prefix) return;
      const signal = parseSignalText(message.content.toString('utf8'));
      if (signal.type === 'refused') {
        logger.warn({ id: signal.id, reason: signal.reason }, 'a signal was refused');
        return;
      }
      logger.info({ id: signal.id, type: signal.type }, 'signal obeyed');
      obey(signal);
    },
  };
};
