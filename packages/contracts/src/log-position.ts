/**
 * Which log a consumer group's offsets count in, as the sink keeps it with every offset that it commits. A
 * topic that is deleted and made again has the same name and another log; offsets and insert tokens
 * of the one say nothing about the other. Here and not in the sink, since `millrace replay` writes it, too.
 */
export interface LogIdentity {
  /** The Kafka cluster's id. */
  readonly cluster: string;
  /** The topic's id, as Kafka's tools print it: given anew each time the topic is made. */
  readonly topicId: string;
  /** Tells apart purposeful repetitions of one log: the same range lands once in each epoch. */
  readonly epoch: string;
}

/** The form of the metadata text; the first form had no log in it. */
export const POSITION_TEXT_VERSION = 2;

/** The fields of a log in the metadata of an offset commit. */
export const logFields = ({ cluster, topicId, epoch }: LogIdentity) =>
  ({ v: POSITION_TEXT_VERSION, k: cluster, i: topicId, e: epoch }) as const;

/** What a position remembers of the table beside the log. */
export interface TableMemory {
  /** The table may hold rows of this log below this offset that the group's offset does not count. */
  readonly compareBelow?: number;
  /** Rows without an incarnation, from before the column existed, count as this log's. */
  readonly unnamedRows?: boolean;
  /**
   * The log is a copy: what it holds before this offset landed as records of the log that it was copied from, under that
   * one's name and offsets. The table is not asked for it.
   */
  readonly countsFrom?: number;
}

/** The fields of a table's memory in the metadata of an offset commit. */
export const memoryFields = ({ compareBelow, unnamedRows, countsFrom }: TableMemory) => ({
  ...(compareBelow !== undefined && { b: compareBelow }),
  ...(unnamedRows && { o: 1 as const }),
  ...(countsFrom !== undefined && { f: countsFrom }),
});

/** Metadata of an offset at which nothing is claimed: everything before it has landed. */
export const restingText = (log: LogIdentity, memory: TableMemory = {}): string =>
  JSON.stringify({ ...logFields(log), ...memoryFields(memory) });

/** Bytes of a topic id that a table keeps: random in every byte, and exact as a number. */
const INCARNATION_BYTES = 6;

/**
 * How a fact's row names the log it came from (`_incarnation`): the first 48 bits of the topic id. Offsets
 * of a topic that was made again begin at 0 again, so position alone does not name a record.
 */
export const incarnationOf = (topicId: string): number =>
  Buffer.from(topicId, 'base64url').readUIntBE(0, INCARNATION_BYTES);
