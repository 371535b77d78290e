/**
 * Telling all doors that something new is at the place of a source: whoever follows it is told, wherever the notification
 * of the storage came in. One record is on its way and one waits, whatever number of notifications come meanwhile.
 */
import type { OutgoingRecord } from '@millrace/kafka';
import { noticeRecord } from './id-blocks.ts';

/** Resolves when a notice that was written after the call is on Kafka; rejects as `Producer.send`. */
export type TellOfSource = (source: string) => Promise<void>;

export const createTellOfSource = (
  door: string,
  send: (records: readonly OutgoingRecord[]) => Promise<void>,
): TellOfSource => {
  const underWay = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  let number = 0;
  const tell = (source: string): Promise<void> => {
    const told = send([noticeRecord(source, door, number++)]).finally(() =>
      underWay.delete(source),
    );
    underWay.set(source, told);
    return told;
  };
  return (source) => {
    const before = underWay.get(source);
    if (before === undefined) return tell(source);
    const next =
      waiting.get(source) ??
      before
        .catch(() => undefined)
        .then(() => {
          waiting.delete(source);
          return tell(source);
        });
    waiting.set(source, next);
    return next;
  };
};
