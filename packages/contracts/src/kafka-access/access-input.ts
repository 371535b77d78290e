/** What rules of Kafka are made of: contracts, transforms and those settings that name a topic or a group. */
import type { Contract } from '../contract.ts';
import { rejectedEventsId } from '../platform/platform-contracts.ts';
import { changeTopicPrefix } from '../topics.ts';

/** Topics of a transform that are not its own. */
export interface TransformTopics {
  readonly name: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** As the services' settings of the same names say. */
export interface AccessSettings {
  readonly sinkGroup: string;
  /** Whether the door asks who sends. */
  readonly asksForKeys: boolean;
  readonly hasSpool: boolean;
  /** Names of the sources under sources/ that the door follows. */
  readonly followedSources: readonly string[];
  /** Captured databases; those of the contracts and the one of MILLRACE_CDC_SOURCE. */
  readonly captures: readonly string[];
  readonly signalTopic?: string | undefined;
  readonly notificationTopic?: string | undefined;
  /** With what routes the outbox's messages, up to its placeholder. */
  readonly outboxPrefix?: string | undefined;
  readonly alertsTopic: string;
  readonly lineageTopic?: string | undefined;
}

export interface AccessInput {
  /** The project's and the platform's. */
  readonly contracts: readonly Contract[];
  readonly transforms: readonly TransformTopics[];
  readonly settings: AccessSettings;
}

export const topicsOf = (
  contracts: readonly Contract[],
  kind?: Contract['source']['kind'],
): readonly string[] =>
  contracts
    .filter(({ source }) => kind === undefined || source.kind === kind)
    .map(({ topic }) => topic.name)
    .sort();

/** Where rejected events are kept; undefined where none are. */
export const rejectedTopicOf = (contracts: readonly Contract[]): string | undefined =>
  contracts.find(({ id }) => id === rejectedEventsId)?.topic.name;

/** `changes.<source>.`, under which a capture makes its topics. */
export const capturePrefix = (source: string): string => `${changeTopicPrefix(source)}.`;
