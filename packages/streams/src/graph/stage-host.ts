import type { MillraceError } from '@millrace/contracts';
import type { Flow, LateInfo } from '../flow.ts';
import type { KeyedStore, Stores } from '../stores/store.ts';
import type { StageOutput } from './stages.ts';

/** What a running stage needs of its surroundings: the driver in a test, a task on Kafka. */
export interface StageHost {
  readonly stores: Stores;
  globalTable<V>(source: string): Pick<KeyedStore<V>, 'get' | 'entries' | 'size'>;
  /** A record leaves the stage. */
  output(node: StageOutput, flow: Flow): void;
  /** A record was late, and nothing reads the operator's late output. */
  late(flow: Flow, info: LateInfo): void;
  /** An operator left a record out. */
  skipped(operator: string, reason: string): void;
  /** A record is not as it must be, and nothing reads the operator's rejected output. */
  rejected(record: RefusedRecord, reason: string): void;
  /**
   * A function threw, for a record that was not just being pushed: one that an operator had held. May throw
   * to stop the task.
   */
  failed(record: RefusedRecord, error: MillraceError): void;
  /** What the host knows the record by that is being pushed; it comes back in `RefusedRecord`. */
  origin?(): unknown;
  nowMs(): number;
}

/** A record that an operator could make nothing of. */
export interface RefusedRecord {
  readonly operator: string;
  /** The record as the operator got it, which may not be as it was read. */
  readonly flow: Flow;
  /** Of `StageHost.origin`; undefined of a record that was made of several. */
  readonly origin: unknown;
}
