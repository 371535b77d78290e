import type { ErrorDoc } from './error-doc.ts';

/** Errors of sending dead letters again. */
export const deadErrors = {
  'dead.redrive-failed': {
    summary: 'A redrive could not go on.',
    cause:
      'Kafka, ClickHouse, the door or the sink that lands records again failed; the message says which.',
    remedy:
      'Cure the cause and ask for the same redrive again: what was sent is not sent twice. `millrace dead redrives` says how far it came.',
  },
} as const satisfies Record<string, ErrorDoc>;
