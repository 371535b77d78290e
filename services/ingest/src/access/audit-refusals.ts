/**
 * Who was refused, where and why, as log lines: the first at once, those like it counted and told together. Never a
 * secret, an event or a whole address.
 */
import type { ErrorCode } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { addressPrefix } from '@millrace/runtime';

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

/** Alike within this time are one line more. */
const togetherMs = 10_000;
/** Different ones that are told apart within that time; the rest is counted as one. */
const linesMax = 200;

export const createRefusalAudit = (options: {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): RefusalAudit => {
  const { logger, clock, signal } = options;
  const repeated = new Map<string, { readonly fields: object; count: number }>();
  let others = 0;
  const flush = (): void => {
    for (const { fields, count } of repeated.values())
      if (count > 0) logger.info({ ...fields, count }, 'refused again');
    if (others > 0) logger.info({ audit: 'refused', count: others }, 'refused, of many kinds');
    repeated.clear();
    others = 0;
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(togetherMs, signal).catch(() => undefined);
      flush();
    }
  };
  void loop();
  return {
    note: ({ address, ...refused }) => {
      const fields = { audit: 'refused', ...refused, from: addressPrefix(address) };
      const kind = JSON.stringify(fields);
      const known = repeated.get(kind);
      if (known !== undefined) known.count += 1;
      else if (repeated.size >= linesMax) others += 1;
      else {
        repeated.set(kind, { fields, count: 0 });
        logger.info(fields, 'refused');
      }
    },
    flush,
  };
};
