/** What the parts of the log of ids are made with. */
import type { Admin, KafkaConnection, OutgoingRecord } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { Stream } from '../stream.ts';

export interface IdLogOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly streams: readonly Stream[];
  /** Set by the log: the cluster's own, drawn by the first door. */
  readonly seed: { value: number };
  /** Records of a topic's end that are read where no door has told of it. */
  readonly restoreEvents: number;
  /** How long ids are kept. */
  readonly windowAgeMs: number;
  /** Between two blocks. */
  readonly shareMs: number;
  /** Blocks that Kafka has not taken: they outlive an attempt to open the log, since the windows give each id out once. */
  readonly untold: OutgoingRecord[];
  /** Another door was told that something new is at the place of this source; of what is kept, too, when the log is opened. */
  readonly noticed: (source: string) => void;
  /** Ids were read back from a topic. */
  readonly readBack: (topic: string, count: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}
