import type { Contract } from '@millrace/contracts';
import type {
  ChangeContractId,
  ContractId,
  ReadOf,
  RowChange,
  WriteOf,
} from '../dsl/contract-types.ts';
import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import type { KeyedStore } from '../stores/store.ts';
import type { Transform } from '../transform.ts';
import { type ContractRecords, createContractRecords } from './contract-records.ts';
import { createDrivenEvents, type DrivenEvents } from './driven-events.ts';
import { createDrivenGraph, type DrivenGraph } from './driven-graph.ts';
import { createDrivenOutputs, type DrivenRecord } from './driven-outputs.ts';
import { createDrivenStores, type DrivenStores, type StateEntry } from './driven-stores.ts';
import { interleaved } from './interleaved.ts';
import { migrateStores } from './migrate-stores.ts';
import { createPipedRecords, type PipedRecord, type PipeOptions } from './piped-records.ts';

/**
 * Runs a transform without Kafka: the same stages, operators and event time, stores in memory, a clock that is
 * moved by hand.
 */
export interface Driver
  extends Pick<DrivenEvents, 'skipped' | 'takeLate' | 'takeRejected' | 'takeFailures'> {
  /**
   * Sends a record into every source of the contract. Of a captured table: the row as it is now, or null and
   * `key`, or a whole change. Unless commits are made by hand, it passes through all stages at once.
   */
  pipe(contract: string, value: unknown, options?: PipeOptions): void;
  /** What the transform has committed to the contract's topic since it was last asked, in order. */
  take(contract: string): DrivenRecord[];
  /** `pipe` for one contract, typed by it. */
  input<Id extends ContractId>(contract: Id): DriverInput<Id>;
  /** `take` for one contract, typed by it. */
  output<Id extends ContractId>(contract: Id): DriverOutput<Id>;
  /** Moves the wall clock, and commits. */
  advanceClock(durationMs: number): void;
  /** What the service does at the end of a transaction. */
  commit(): void;
  /** Lets asynchronous operators hand on what they have begun, and commits. */
  settle(): Promise<void>;
  /** No more records come: closes what is open, as sources do that fall silent and close. */
  close(): void;
  /** What the store of this name holds. */
  state(store: string): readonly StateEntry[];
  /**
   * Commits, and goes on as another version of the transform that has the same stages, with the state that is there: values
   * of stores are migrated as its `onChange` says. Throws `transform.changed` where the service would refuse.
   */
  changeTo(next: Transform): Driver;
  /** Starts anew after a commit: operators from the beginning, their stores and event time as they were. */
  reopen(): void;
  /**
   * The same records into a new driver, as a replay reads them: each partition in its order, the partitions in
   * another order for each seed, and no partition left out for being silent. Then `close` both to compare.
   */
  replay(seed?: number): Driver;
}

export interface DriverInput<Id extends ContractId> {
  pipe(
    value: Id extends ChangeContractId
      ? WriteOf<Id> | RowChange<WriteOf<Id>> | null
      : WriteOf<Id> | null,
    options?: PipeOptions,
  ): void;
}

export interface DriverOutput<Id extends ContractId> {
  take(): DrivenRecord<ReadOf<Id>>[];
  /** The values alone. */
  takeValues(): ReadOf<Id>[];
}

export interface DriverOptions {
  /** What the clock shows at first, ms since 1970 UTC; 0 when left out. */
  readonly startMs?: number;
  /** Of every topic; 1 when left out. */
  readonly partitions?: number;
  /**
   * The project's contracts: records in and out pass through their schemas, and have the keys and event times
   * that they would have on Kafka. Without them values are taken as they are.
   */
  readonly contracts?: readonly Contract[];
  /** `record`, when left out: each is a commit of its own, so that every update of a window is seen. */
  readonly commitEvery?: 'record' | 'manual';
}

/** Builds the stages of a transform and starts them, empty. Throws `transform.invalid`. */
export const createDriver = (transform: Transform, options: DriverOptions = {}): Driver =>
  drive(transform, options, { idle: true });

interface GlobalTables {
  of(contract: string): KeyedStore<unknown>;
  keep(record: PipedRecord, row: unknown): void;
}

const createGlobalTables = (): GlobalTables => {
  const tables = new Map<string, KeyedStore<unknown>>();
  const of = (contract: string): KeyedStore<unknown> => {
    const table = tables.get(contract) ?? createMemoryKeyedStore();
    tables.set(contract, table);
    return table;
  };
  return {
    of,
    keep({ contract, key }, row) {
      if (row === null) of(contract).delete(key!);
      else of(contract).set(key!, row);
    },
  };
};

/** How a driver begins, beside what its test says. */
interface Beginning {
  readonly idle: boolean;
  readonly stores?: DrivenStores;
  readonly tables?: GlobalTables;
  readonly states?: ReturnType<DrivenGraph['states']>;
}

const drive = (transform: Transform, options: DriverOptions, beginning: Beginning): Driver => {
  const { idle } = beginning;
  const { startMs = 0, partitions = 1, commitEvery = 'record' } = options;
  const contracts: ContractRecords | undefined =
    options.contracts && createContractRecords(options.contracts);
  let nowMs = startMs;
  const piped: PipedRecord[] = [];
  const outputs = createDrivenOutputs(contracts);
  const stores = beginning.stores ?? createDrivenStores();
  const tables = beginning.tables ?? createGlobalTables();
  const { host, piping, failed, ...events } = createDrivenEvents(
    transform.options.onError ?? 'dead_letter',
  );
  const records = createPipedRecords({
    graph: transform.graph,
    partitions,
    ...(contracts !== undefined && { contracts }),
    nowMs: () => nowMs,
  });
  const graph = createDrivenGraph(transform.graph, {
    partitions,
    stores,
    idle,
    ...(beginning.states !== undefined && { states: beginning.states }),
    write: outputs.write,
    written: outputs.uncommitted,
    failed,
    host: {
      ...host,
      globalTable: <V>(contract: string) => tables.of(contract) as KeyedStore<V>,
      nowMs: () => nowMs,
    },
  });
  const commit = (): void => {
    graph.commit();
    outputs.commit();
  };
  const pipe: Driver['pipe'] = (contract, value, pipeOptions = {}) => {
    const { record, change, reads, isTable } = records.take(contract, value, pipeOptions);
    piped.push(record);
    if (isTable) tables.keep(record, change.after);
    piping(record);
    graph.read(reads, record.partition, record);
    piping(undefined);
    if (commitEvery === 'record') commit();
  };

  return {
    ...events,
    pipe,
    take: outputs.take,
    input: (contract) => ({ pipe: (value, pipeOptions) => pipe(contract, value, pipeOptions) }),
    output: (contract) => ({
      take: () => outputs.take(contract) as never,
      takeValues: () => outputs.take(contract).map(({ value }) => value) as never,
    }),
    advanceClock(durationMs) {
      nowMs += durationMs;
      commit();
    },
    commit,
    async settle() {
      await graph.settle();
      commit();
    },
    close() {
      graph.ended(true);
      commit();
    },
    state: stores.entries,
    changeTo(next) {
      commit();
      return drive(
        next,
        { ...options, startMs: nowMs },
        {
          ...{ idle, tables, states: graph.states() },
          stores: migrateStores(stores, [transform, next], partitions),
        },
      );
    },
    reopen() {
      commit();
      graph.reopen();
    },
    replay(seed = 0) {
      const again = drive(transform, { ...options, commitEvery: 'record' }, { idle: false });
      for (const { contract, value, ...where } of interleaved(piped, seed))
        again.pipe(contract, value, where);
      return again;
    },
  };
};
