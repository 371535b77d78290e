/** A captured table ready to be written: its shape, its writer and where its records go. */
import type { TableShape } from './envelope/table-shape.ts';
import type { TableWriter } from './envelope/table-writer.ts';

export interface CapturedTable {
  readonly shape: TableShape;
  readonly writer: TableWriter;
  readonly topic: string;
  readonly partitions: number;
  /** Untouched TOASTed values are read again instead of being a stand-in. */
  readonly rereads: boolean;
  /** Kafka refuses a record without a key on its topic. */
  readonly isCompacted?: boolean;
  /** Why readers of the topic cannot take this shape: its rows are dead letters. */
  readonly incompatible?: string;
}
