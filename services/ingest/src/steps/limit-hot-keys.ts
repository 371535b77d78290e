/** Step: a Kafka key that gets more than its partition can bear is limited alone. Counting is admission/hot-keys.ts. */
import { deadLetter, ok, type SyncStep } from '@millrace/pipeline';
import { createHotKeys, type HotKeys } from '../admission/hot-keys.ts';
import type { Stream } from '../stream.ts';
import type { StampedEvent } from './stamp-record.ts';

/**
 * Refuses the events of a key beyond its rate, each by itself: the sender sends them again, slower. Streams without a
 * key or a rate pass untouched.
 */
export const createLimitHotKeysStep = (options: {
  /** Events of one key a second, of streams whose contract says nothing; 0: no limit. */
  readonly keyRate: number;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
}): SyncStep<StampedEvent, StampedEvent> => {
  const counted = new Map<Stream, HotKeys | undefined>();

  const hotKeysOf = (stream: Stream): HotKeys | undefined => {
    const rate = stream.contract.ingest?.keyRate ?? options.keyRate;
    const hotKeys = rate > 0 && stream.contract.key.length > 0 ? createHotKeys(rate) : undefined;
    counted.set(stream, hotKeys);
    return hotKeys;
  };

  return function limitHotKeys(event) {
    const { stream } = event.delivery.request;
    const hotKeys = counted.get(stream) ?? (counted.has(stream) ? undefined : hotKeysOf(stream));
    if (hotKeys === undefined || event.key === null || hotKeys.take(event.key, options.nowMs()))
      return ok(event);
    const rate = stream.contract.ingest?.keyRate ?? options.keyRate;
    return deadLetter(
      'ingest.key-rate-exceeded',
      `One key of this stream may have ${rate} events a second, and the key of this event has.`,
    );
  };
};
