import type { Flow, LateInfo } from './flow.ts';
import type { KeyedStore, StoreSpec, Stores } from './stores/store.ts';

/** What an operator may ask of the task that it runs in. */
export interface OperatorContext extends Stores {
  /** Hands a record on, to what reads output `port` (0 when left out). */
  emit(flow: Flow, port?: number): void;
  /** A record that came after its window had closed. It goes to the operator's late output. */
  late(flow: Flow, info: LateInfo): void;
  /** Counts a record that the operator leaves out on purpose, by a reason of few words. */
  skip(reason: string): void;
  /** A record that is not as it must be. It goes to the operator's rejected output, or to the dead letters. */
  rejected(flow: Flow, reason: string): void;
  /**
   * A function threw for this record outside of `process`, where throwing is enough. The record leaves the
   * flow for the dead letters. `origin`: what `origin()` answered while the record was in `process`.
   */
  failed(flow: Flow, error: unknown, origin?: unknown): void;
  /** What the host knows the record in `process` by, for later. */
  origin(): unknown;
  /** Of an asynchronous operator: what it hands on from here on came from this record; undefined ends that. */
  resume(origin: unknown): void;
  /** Where event time stands for this operator, ms; see `watermarks/`. */
  watermarkMs(): number;
  /** Wall clock, ms. Must not change final results. */
  nowMs(): number;
  /** A table that every task has whole; read only. */
  globalTable<V>(source: string): Pick<KeyedStore<V>, 'get' | 'entries' | 'size'>;
}

/**
 * An operator at work in one task. All of it is synchronous but `settle`. When `process` throws, what it was
 * given leaves the flow; what called it does not notice.
 */
export interface Operator {
  /** Takes a record from its input `port`: the order in which its inputs are declared. */
  process(flow: Flow, port: number): void;
  /** Event time has moved on: close windows, fire timers. Called after everything that came before. */
  advance?(watermarkMs: number): void;
  /** About once a commit, also when nothing comes. */
  tick?(nowMs: number): void;
  /**
   * Of an asynchronous operator: resolves when all that `process` took has been handed on. Awaited before event
   * time moves and before `flush`.
   */
  settle?(): Promise<void>;
  /** Of an asynchronous operator: nothing that `process` took is still to be handed on. */
  isSettled?(): boolean;
  /** Before each commit: hand on what was held back to be sent once. */
  flush?(): void;
}

/** What an operator is, before it runs: a value in the graph, the same in every task. */
export interface OperatorSpec {
  /** A word such as `map`; with a number behind it the operator's name, unless it is given one. */
  readonly kind: string;
  readonly stores?: readonly StoreSpec[];
  /** What about it would make its state mean something else, e.g. `tumbling 600000`. */
  readonly shape?: string;
  /** The longest time by which what it hands on may lie before its own watermark, ms. */
  readonly watermarkDelayMs?: number;
  /**
   * How far event time must go beyond the last record for everything that is held to leave, ms: of a window
   * its size and grace.
   */
  readonly closeAheadMs?: number;
  /**
   * Input ports of tables that are to be known before anything else is read: at the first start of a task what
   * comes to them is read up to where it ended then.
   */
  readonly readFirst?: readonly number[];
  /** Ids of global tables that it reads. */
  readonly globalTables?: readonly string[];
  /**
   * Values leave as they came, but by outputs named `late` and `rejected`: records of a source can then change
   * partition as the bytes they were.
   */
  readonly passesValues?: boolean;
  /** For each record that it takes it hands on one at most, by one of its outputs. */
  readonly oneForOne?: boolean;
  /** It hands records on in `settle`, when the record that it took is no longer at hand. */
  readonly isAsynchronous?: boolean;
  /** Names of its outputs by port, for the drawing of the graph. */
  readonly ports?: readonly string[];
  create(context: OperatorContext): Operator;
}

/** Builds the spec of an operator that is told its name: stores are named after it. */
export type NameOperator = (name: string) => OperatorSpec;
