/**
 * Sends rejected events through the door again, at a rate, and tells what became of each. Killed at any moment it may be
 * run again: what the door took it recognises by its id, and what was told is not sent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import type { RedriveAudit } from './audit-redrives.ts';
import { type RejectedEvent, readRejectedEvents } from './rejected-rows.ts';
import { type Repair, repairContent } from './repair-content.ts';
import { type Door, type Fate, sendAgain, type Unsent } from './send-again.ts';

export interface RedriveOptions {
  readonly clickhouse: ClickHouse;
  readonly door: Door;
  readonly audit: RedriveAudit;
  readonly repair: Repair;
  /** Events a second. */
  readonly rate: number;
  /** Told of each, in order. */
  onFate(event: RejectedEvent, fate: Fate | Unsent): void;
}

export type RedriveCounts = Record<Fate['outcome'] | 'not_sent', number>;

/** Events that are on their way together, and told together. */
const together = 10;

/** @param ids rejections, in the order in which they came. Throws as `sendAgain`, after what was done has been told. */
export const redrive = async (
  ids: readonly string[],
  options: RedriveOptions,
): Promise<RedriveCounts> => {
  const counts: RedriveCounts = {
    ...{ accepted: 0, duplicate: 0, rejected: 0, rejected_not_kept: 0, not_sent: 0 },
  };
  for (let at = 0; at < ids.length; at += together) {
    const startedMs = performance.now();
    const events = await readRejectedEvents(options.clickhouse, ids.slice(at, at + together));
    const sent = await Promise.allSettled(events.map((event) => sendOne(event, options)));
    const fates = sent.flatMap((result, index) =>
      result.status === 'fulfilled' ? [{ event: events[index]!, ...result.value }] : [],
    );
    const told = fates.filter((one): one is Fate & { event: RejectedEvent } => isFate(one));
    if (told.length > 0) await options.audit.write(told);
    for (const { event, ...fate } of fates) {
      counts[fate.outcome] += 1;
      options.onFate(event, fate);
    }
    const failed = sent.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const restMs = (events.length / options.rate) * 1000 - (performance.now() - startedMs);
    if (restMs > 0 && at + together < ids.length) await sleep(restMs);
  }
  return counts;
};

const isFate = (one: Fate | Unsent): one is Fate => one.outcome !== 'not_sent';

const sendOne = async (
  event: RejectedEvent,
  { door, repair }: RedriveOptions,
): Promise<Fate | Unsent> => {
  if (event.isCut) return { outcome: 'not_sent', code: 'ingest.event-too-large' };
  try {
    const content = repairContent(
      Buffer.from(event.contentBase64, 'base64'),
      event.mediaType,
      repair,
    );
    return await sendAgain(door, event, Buffer.from(content));
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'ingest.repair-unfit')
      return { outcome: 'not_sent', code: error.code };
    throw error;
  }
};
