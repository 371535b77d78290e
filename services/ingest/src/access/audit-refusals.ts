/**
 * Who was refused, where and why, as log lines: the first at once, those like it counted and told together. Never a
 * secret, an event or a whole address.
 */
import type { ErrorCode } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { addressPrefix, createToldTogether } from '@millrace/runtime';

export interface Refused {
  readonly code: ErrorCode;
  /** Absent: no known key was named. */
  readonly keyId?: string;
  /** Of a sender that is known, but may not. */
  readonly sender?: string;
  /** As asked for; absent: no stream was. */
  readonly stream?: string;
  readonly address: string;
}

export interface RefusalAudit {
  note(refused: Refused): void;
  /** Tells what is counted and not told yet. */
  flush(): void;
}

/** Of the log, within ten seconds. */
const linesMax = 200;

export const createRefusalAudit = (options: {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): RefusalAudit => {
  const { logger } = options;
  const told = createToldTogether<Record<string, unknown>>({
    ...options,
    kindsMax: linesMax,
    first: (fields) => logger.info(fields, 'refused'),
    again: (fields, count) => logger.info({ ...fields, count }, 'refused again'),
    others: (count) => logger.info({ audit: 'refused', count }, 'refused, of many kinds'),
  });
  return {
    note: ({ address, ...refused }) => {
      const fields = { audit: 'refused', ...refused, from: addressPrefix(address) };
      told.note(JSON.stringify(fields), () => fields);
    },
    flush: told.flush,
  };
};
