import type { RecordPack } from '@millrace/kafka';
import type { Flow } from '@millrace/streams';

/** Encodes the records of one output of a stage into the outbox. */
export interface OutputWriter {
  /** False for a record without a key that needs one: it has nowhere to go. */
  write(flow: Flow): boolean;
  /** The record that is being read; it may be passed on as the bytes that it is. */
  reading?(source: string, pack: RecordPack, index: number, value: unknown): void;
}
