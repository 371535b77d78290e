/** Opens the quarantine once Kafka and the registry are there: a door that starts on its disk spool alone has none at first. */

import type { Contract } from '@millrace/contracts';
import { type Logger, retry } from '@millrace/pipeline';
import { openQuarantine, type Quarantine, type QuarantineOptions } from './open-quarantine.ts';

export interface LaterQuarantine {
  /** Resolves when it is known whether there is one; never rejects. */
  readonly opened: Promise<void>;
  readonly current: () => Quarantine | undefined;
}

export const openQuarantineLater = (
  clusterIsThere: Promise<unknown>,
  {
    contracts,
    signal,
    ...options
  }: QuarantineOptions & { readonly contracts: readonly Contract[]; readonly signal: AbortSignal },
): LaterQuarantine => {
  let quarantine: Quarantine | undefined;
  const open = async (): Promise<void> => {
    await clusterIsThere;
    const policy = { initialMs: 200, multiplier: 2, maxMs: 5000, deadlineMs: 120_000, jitter: 0.2 };
    quarantine = await retry(
      () => openQuarantine(contracts, options),
      policy,
      options.clock,
      signal,
    )();
  };
  return {
    opened: open().catch((error: unknown) => notKept(options.logger, signal, error)),
    current: () => quarantine,
  };
};

const notKept = (logger: Logger, signal: AbortSignal, error: unknown): void => {
  if (!signal.aborted) logger.error({ err: error }, 'rejected events are not kept');
};
