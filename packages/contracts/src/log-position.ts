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

/** Metadata of an offset at which nothing is claimed: everything before it has landed. */
export const restingText = (log: LogIdentity, compareBelow?: number): string =>
  JSON.stringify({ ...logFields(log), ...(compareBelow === undefined ? {} : { b: compareBelow }) });
