/** When each key was last used, written to the keys' topic now and then: for whoever wants to know what can go. */
import { ingestKeysTopic, keyUseRecordKey } from '@millrace/contracts';
import type { Producer } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';

export interface UseNotes {
  /** The key was used now. */
  note(keyId: string): void;
  /** Writes what is not written yet; resolves also when that fails. */
  flush(): Promise<void>;
}

/**
 * One record a key that was used since the last writing, at most. Several doors overwrite each other, which costs
 * nothing: each time is right. A failure costs that look alone.
 */
export const createUseNotes = (options: {
  readonly producer: Producer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly everyMs: number;
}): UseNotes => {
  const { producer, clock, signal, everyMs } = options;
  const used = new Map<string, number>();
  const flush = async (): Promise<void> => {
    if (used.size === 0) return;
    const uses = [...used];
    used.clear();
    const records = uses.map(([id, usedMs]) => ({
      key: Buffer.from(keyUseRecordKey(id)),
      value: Buffer.from(JSON.stringify({ lastUsedAt: new Date(usedMs).toISOString() })),
    }));
    await producer.send([{ topic: ingestKeysTopic, partition: 0, records }]).catch(() => {
      for (const [id, usedMs] of uses) if (!used.has(id)) used.set(id, usedMs);
    });
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal).catch(() => undefined);
      await flush();
    }
  };
  void loop();
  return { note: (keyId) => void used.set(keyId, clock.nowMs()), flush };
};
