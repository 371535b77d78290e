/** What the parts of the log of ids are made with. */
import type { Admin, KafkaConnection } from '@millrace/kafka';
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
  /** Another door was told that something new is at the place of this source; of what is kept, too, when the log is opened. */
  readonly noticed: (source: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}
