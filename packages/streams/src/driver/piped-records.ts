import type { RowChange } from '../dsl/contract-types.ts';
import type { Graph, SourceNode } from '../graph/graph.ts';
import type { ContractRecords } from './contract-records.ts';
import { partitionOfKey } from './partition-of-key.ts';
import { createTableRows, rowOf } from './table-rows.ts';

/** Where and when a record that a test pipes lies in its topic. */
export interface PipeOptions {
  /** Of a table's row that is gone, or without contracts, what cannot be read off the value. */
  readonly key?: string | null;
  /** Event time; the value of the source's time field when left out, else that of the driver's clock. */
  readonly timeMs?: number;
  /** Where the record lies; by its key when left out, without one in the first. */
  readonly partition?: number;
}

/** A record as it was given to the driver, with what was left out filled in. */
export interface PipedRecord {
  readonly contract: string;
  readonly value: unknown;
  readonly key: string | null;
  readonly timeMs: number;
  readonly partition: number;
}

/** What one source reads of a piped record. */
export interface SourceRecord {
  readonly source: SourceNode;
  readonly value: unknown;
}

/** Turns what a test pipes into what sources read, as the service turns what topics hold. */
export interface PipedRecords {
  /** Throws `avro.value-invalid` for what the contract does not take, and a TypeError for a row without a key. */
  take(contract: string, value: unknown, options: PipeOptions): TakenRecord;
}

export interface TakenRecord {
  readonly record: PipedRecord;
  /** Of a table's row; of any other record, that it is there. */
  readonly change: RowChange<unknown>;
  readonly reads: readonly SourceRecord[];
  readonly isTable: boolean;
}

export interface PipedRecordsOptions {
  readonly graph: Graph;
  readonly partitions: number;
  readonly contracts?: ContractRecords;
  nowMs(): number;
}

export const createPipedRecords = ({
  graph,
  partitions,
  contracts,
  nowMs,
}: PipedRecordsOptions): PipedRecords => {
  const rows = createTableRows();
  const sourcesOf = (contract: string): readonly SourceNode[] =>
    graph.nodes.filter(
      (node) => node.kind === 'source' && node.contract === contract,
    ) as SourceNode[];
  const isTable = (contract: string) =>
    graph.nodes.some(
      (node) =>
        (node.kind === 'global-table' || (node.kind === 'source' && node.as !== 'records')) &&
        node.contract === contract,
    );

  const timeOf = (source: SourceNode | undefined, value: unknown): number => {
    const field = source?.options.timeField;
    if (field === undefined || value === null) return nowMs();
    if (contracts !== undefined) return contracts.timeOf(source!.contract, field, value as object);
    const timeMs = Number((value as Readonly<Record<string, unknown>>)[field] ?? Number.NaN);
    if (Number.isNaN(timeMs)) throw new TypeError(`the field ${field} holds no time`);
    return timeMs;
  };
  const through = (source: SourceNode, value: unknown): unknown => {
    if (value === null) return null;
    const read = contracts === undefined ? value : contracts.read(source, value as object);
    return pick(source.options, read);
  };
  const readBy = (source: SourceNode, change: RowChange<unknown>): unknown => {
    if (source.as !== 'changes') return through(source, change.after);
    const { op, before, after } = change;
    return { op, before: through(source, before), after: through(source, after) };
  };

  return {
    take(contract, value, { key: given, timeMs, partition }) {
      const sources = sourcesOf(contract);
      const ofTable = isTable(contract);
      const row = ofTable ? rowOf(value) : value;
      const ofContract =
        row === null || contracts === undefined ? null : contracts.keyOf(contract, row as object);
      const key = given ?? ofContract;
      if (key === null && ofTable) throw new TypeError('a row of a table needs its key');
      const change = ofTable
        ? rows.changeOf(contract, key!, value)
        : ({ op: 'c', before: null, after: value } as const);
      const [timed] = sources.filter(({ options }) => options.timeField !== undefined);
      const record = {
        contract,
        value,
        key,
        timeMs: timeMs ?? timeOf(timed, change.after ?? change.before),
        partition: partition ?? partitionOfKey(key, partitions),
      };
      const reads = sources.map((source) => ({ source, value: readBy(source, change) }));
      return { record, change, reads, isTable: ofTable };
    },
  };
};

/** The fields that a source reads; others are not there, as they are not on Kafka. */
const pick = ({ fields, timeField }: SourceNode['options'], value: unknown): unknown => {
  if (fields === undefined) return value;
  const wanted = new Set(timeField === undefined ? fields : [...fields, timeField]);
  return Object.fromEntries(Object.entries(value as object).filter(([name]) => wanted.has(name)));
};
