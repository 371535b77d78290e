import type { SlotFold } from '../folds/slot-fold.ts';
import type { OperatorSpec } from '../operator.ts';
import type { ValueCodec } from '../stores/store.ts';

/**
 * What a transform is, as a value: sources, operators, repartitions and sinks by name, in the order in which
 * they were declared, which is also a topological one. The same graph runs in the driver and on Kafka.
 */
export interface Graph {
  readonly nodes: readonly Node[];
}

export type Node = SourceNode | GlobalTableNode | OperatorNode | RepartitionNode | SinkNode;

/** An output of a node. Port 0 is the main one. */
export interface OutputRef {
  readonly node: string;
  readonly port: number;
}

export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  /** Id of the contract of its records. */
  readonly contract: string;
  /**
   * `records`: the values as they come. `table`: the newest row by primary key, null when it is gone.
   * `changes`: what happened to a row, `{ op, before, after }`.
   */
  readonly as: 'records' | 'table' | 'changes';
  readonly options: SourceOptions;
}

export interface SourceOptions {
  /** The field with the event time; the record's own timestamp when absent. */
  readonly timeField?: string;
  /** How far that field may be ahead of the record's own timestamp, ms; beyond it the record is an error. */
  readonly aheadMs?: number;
  /** How far records may be out of order within a partition before they are late, ms. */
  readonly disorderMs: number;
  readonly idle?: IdlePolicy;
  /** The fields to be read; all when absent. */
  readonly fields?: readonly string[];
  /** Another topic than the contract's. */
  readonly topic?: string;
  /** Records of other schemas in the topic: an error, or passed over undecoded. */
  readonly others: 'refuse' | 'skip';
  /** What longs are read as. `number`: a value beyond 2^53 makes the record an error. */
  readonly longs: 'number' | 'bigint';
}

/** What becomes of event time when a partition falls silent. */
export interface IdlePolicy {
  /** 0: it is never waited for, and its times say nothing: a table that is only looked up. */
  readonly afterMs: number;
  /**
   * `leave`: it is left out of the minimum, so that others go on. `advance`: and when all are silent, event
   * time goes on with the clock. `close`: and then every open window closes at once.
   */
  readonly action: 'leave' | 'advance' | 'close';
}

export interface GlobalTableNode {
  readonly kind: 'global-table';
  readonly name: string;
  readonly contract: string;
}

export interface OperatorNode {
  readonly kind: 'operator';
  readonly name: string;
  readonly spec: OperatorSpec;
  /** By input port. */
  readonly inputs: readonly OutputRef[];
}

/** Records change partition by their key here: a topic of the platform's own, and the cut between stages. */
export interface RepartitionNode {
  readonly kind: 'repartition';
  readonly name: string;
  readonly input: OutputRef;
  /** Of the values; when absent, records of a source pass as they are, other values as MessagePack. */
  readonly codec?: ValueCodec<unknown>;
  /** Of partial results of an aggregate: how those of other folds are written, which a migration reads. */
  readonly codecOf?: (fold: SlotFold) => ValueCodec<unknown> | undefined;
}

export interface SinkNode {
  readonly kind: 'sink';
  readonly name: string;
  readonly input: OutputRef;
  /** Id of the contract whose topic is written. */
  readonly contract: string;
  /** Another topic than the contract's. */
  readonly topic?: string;
}

/** The outputs that a node reads, by its input port. */
export const inputsOf = (node: Node): readonly OutputRef[] => {
  if (node.kind === 'operator') return node.inputs;
  if (node.kind === 'repartition' || node.kind === 'sink') return [node.input];
  return [];
};

/** Whether what leaves by this output of an operator is the very value that came in. */
export const passesValues = ({ spec }: OperatorNode, port: number): boolean =>
  spec.passesValues === true && !['late', 'rejected'].includes(spec.ports?.[port] ?? 'main');

/** What a source reads, where two sources of one topic are the same reading. */
export const topicKeyOf = ({ options, contract }: SourceNode): string =>
  options.topic === undefined ? `contract ${contract}` : `topic ${options.topic}`;
