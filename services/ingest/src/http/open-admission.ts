/** Builds what lets requests in and counts them, out of the settings. */
import type { Clock } from '@millrace/pipeline';
import { defaultLimits } from '../access/open-access.ts';
import { createAccounts } from '../admission/accounts.ts';
import type { IngestConfig } from '../config.ts';
import { type Admission, type AdmissionOptions, createAdmission } from './admit.ts';

/** Senders whose rates are remembered; one takes some 400 bytes. */
const accountsMax = 50_000;

export const openAdmission = (
  config: IngestConfig,
  parts: Pick<AdmissionOptions, 'access' | 'budget' | 'metrics' | 'doors'> & {
    readonly clock: Clock;
  },
): Admission => {
  const nowMs = () => performance.now();
  const burstSeconds = config.burstMs / 1000;
  const limits = defaultLimits(config);
  const doors = config.limitsHold === 'together' ? parts.doors : () => 1;
  parts.metrics.watchLimitParts(doors);
  const accounts = createAccounts({
    budget: parts.budget,
    queueBytesMax: config.queueBytesMax,
    burstSeconds,
    nowMs,
    wallMs: parts.clock.nowMs,
    doors,
    accountsMax,
  });
  return createAdmission({
    ...config,
    ...parts,
    accounts,
    doors,
    addressTerms: Object.keys(limits).length > 0 ? { limits } : undefined,
    burstSeconds,
    nowMs,
  });
};
