/** One who runs the queries: what the measuring needs to know of each alike. */
import type { World } from './world.ts';

export const queries = ['q0', 'q1', 'q2', 'q5', 'q7', 'q8', 'q11'] as const;
export type Query = (typeof queries)[number];

export interface Running {
  readonly pid: number;
  /** Resolves when the program is loaded and about to read. */
  readonly started: Promise<void>;
  /** Whose committed offsets tell how far it is. */
  readonly groupId: string;
  /** Whether a topic is one of its own between two stages, which has to be read to its end, too. */
  isInner(topic: string): boolean;
  /** Topics of results. */
  readonly outputs: readonly string[];
  /** Ends it and deletes its topics. Its group stays: Kafka Streams does not leave it. */
  finish(): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  start(query: Query, world: World): Promise<Running>;
}
