/** The one place that makes a logger; adapters get it as an argument. */
import type { Logger } from '@millrace/pipeline';
import pino from 'pino';
import { shownError } from './shown-error.ts';

export interface LoggerOptions {
  readonly service: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Number of the thread that logs, in a process of several. */
  readonly thread?: number;
}

/**
 * JSON lines on standard output, one an event. Written synchronously: normal work is silent, and the last
 * line before a crash is the one that matters. Times are ISO 8601 in UTC.
 */
export const createLogger = ({ service, level, thread }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: { service, ...(thread !== undefined && { thread }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => shownError(error) },
    },
    pino.destination({ dest: 1, sync: true }),
  );
