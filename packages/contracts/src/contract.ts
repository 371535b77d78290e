import type { About } from './about.ts';
import type { Classification } from './access/classification.ts';
import type { AvroRecord } from './avro-schema.ts';
import type { QualityRule } from './quality/quality-rule.ts';

/** Where the records of a stream come from. */
export type StreamSource =
  | { readonly kind: 'event' }
  /** Made by a transform out of other streams. */
  | { readonly kind: 'derived' }
  | {
      readonly kind: 'change';
      /** Name of the captured database (MILLRACE_CDC_SOURCE). */
      readonly source: string;
      readonly schema: string;
      readonly table: string;
    };

/** What becomes of events that the door refuses: kept in `millrace.rejected_events`, or told to the sender alone. */
export const rejectedPolicies = ['keep', 'drop'] as const;
export type RejectedPolicy = (typeof rejectedPolicies)[number];

/** Of a registry's subject. */
export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof compatibilityLevels)[number];

/** What becomes of a captured table's change of shape that its readers cannot take. */
export const schemaChangePolicies = ['new_version', 'dead_letter', 'halt'] as const;
export type SchemaChangePolicy = (typeof schemaChangePolicies)[number];

export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly cleanupPolicy: 'delete' | 'compact';
  /** -1 keeps for ever. */
  readonly retentionMs: number;
  /** Size of a batch of records at most, bytes; the broker's own limit when absent. */
  readonly maxMessageBytes?: number;
  /**
   * The broker stamps records when they come, whatever time they carry. Of results: theirs is the event time
   * of what they tell of, and by that the broker would delete results of an old year at once.
   */
  readonly stampedOnArrival?: boolean;
}

/** `leave_out`: the fields do not land. `wait`: their records do not land before the contract has the fields. */
export const newFieldsPolicies = ['leave_out', 'wait'] as const;
export type NewFieldsPolicy = (typeof newFieldsPolicies)[number];

export const warehouseRoles = ['fact', 'dimension', 'aggregate'] as const;
export type WarehouseRole = (typeof warehouseRoles)[number];

export interface WarehouseColumn {
  readonly name: string;
  /** Full ClickHouse type, e.g. `LowCardinality(String)`, `Nullable(DateTime64(3, 'UTC'))`. */
  readonly type: string;
  /** A DEFAULT expression: the Avro default, where it is not the type's own zero. */
  readonly defaultExpression?: string;
  readonly codec?: string;
  readonly comment?: string;
  /** `internal` when absent. */
  readonly classification?: Classification;
  /** What those see who may not read the column: an expression over it; NULL when absent. */
  readonly mask?: string;
}

/** A role of its own on one view: some rows, and columns up to a level. */
export interface Reader {
  /** `millrace_<role>` on the server; several contracts may name the same. */
  readonly role: string;
  /** A condition on the view's columns; all rows when absent. */
  readonly where?: string;
  readonly level: Classification;
}

/** The ClickHouse side of a contract: a raw table and the view that analysts read. */
export interface Warehouse {
  readonly role: WarehouseRole;
  /** The plain name: a view. */
  readonly view: string;
  /** The raw table: the plain name and `_raw`. */
  readonly table: string;
  /** The business columns, in contract order. Metadata columns are in `warehouse-table.ts`. */
  readonly columns: readonly WarehouseColumn[];
  readonly orderBy: readonly string[];
  /** A ClickHouse expression over the columns; depends on event data only, never on now(). */
  readonly partitionBy?: string;
  readonly ttl?: string;
  /** Roles that see only a part of the view. */
  readonly readers?: readonly Reader[];
  /** Expired rows go by whole parts; set where the partition follows the time that expires. */
  readonly dropsWholeParts?: boolean;
  /** What becomes of records with fields that the contract does not know; absent: `leave_out`. */
  readonly newFields?: NewFieldsPolicy;
  /** Spreads rows over the shards of a cluster: an expression over the columns. */
  readonly shardBy?: string;
  readonly indexes?: readonly SkipIndex[];
  /** Rows between two marks of the primary index; absent: the server's 8,192. */
  readonly indexGranularity?: number;
  /** Of a dimension: every version is kept, with a view of when each was true. */
  readonly history?: HistorySettings;
  /** Of a dimension: a dictionary of its current rows. */
  readonly dictionary?: DictionarySettings;
  /** Of an aggregate: the column whose highest value is the result that counts; absent: the last record. */
  readonly versionBy?: string;
  /** Of a fact: columns that are the identity; its view shows the rows that share them once. */
  readonly onceBy?: readonly string[];
  /** Of a fact: counted by coarser keys as it lands. */
  readonly rollups?: readonly Rollup[];
}

export interface Rollup {
  /** The view. */
  readonly name: string;
  /** Expressions over the fact's columns, by the name of their column. */
  readonly by: readonly { readonly name: string; readonly expression: string }[];
  /** Calls of aggregate functions. */
  readonly measures: readonly { readonly name: string; readonly expression: string }[];
}

export interface HistorySettings {
  /** What a moment before the first known version sees: that version, or nothing. */
  readonly before: 'first' | 'none';
  /** A dictionary of all versions, asked with a moment. */
  readonly dictionary?: DictionarySettings;
}

export interface DictionarySettings {
  /** How long it may be out of date. */
  readonly lifetimeSeconds: number;
  /** A named collection of the server, for user and password; absent: the server's default user. */
  readonly credentials?: string;
}

/** A data skipping index over one column. */
export interface SkipIndex {
  readonly name: string;
  readonly column: string;
  /** E.g. `bloom_filter`, `set(100)`, in the server's spelling. */
  readonly type: string;
  /** Blocks of the primary index that one entry covers. */
  readonly granularity: number;
}

/** Fields of the event, or all of it. One field is the id itself, of several or all it is a hash. */
export type Identity = readonly string[] | 'content';
/** Of an event stream, for the door that takes it. */
export interface IngestSettings {
  /** Events a second that the door takes of all senders together. */
  readonly rate?: number;
  /** Events that may come at once after a rest; absent: those of two seconds. */
  readonly burst?: number;
  /** Events of one Kafka key a second. */
  readonly keyRate?: number;
  /** While Kafka is away, events are taken onto the door's disk and written afterwards. */
  readonly spool?: boolean;
}

/** One stream, declared once: the Avro record and its ODCS document, read together. */
export interface Contract {
  /** `<domain>.<name>`. */
  readonly id: string;
  readonly domain: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly owner: string;
  /** What it tells people beside that. */
  readonly about: About;
  readonly source: StreamSource;
  /** The Avro record of one event, or of one row for a change stream. */
  readonly record: AvroRecord;
  /** The .avsc text as it stands in the file. */
  readonly schemaText: string;
  readonly topic: TopicSettings;
  readonly compatibility: CompatibilityLevel;
  /** Of a change stream; absent: the capturing service's own. */
  readonly schemaChange?: SchemaChangePolicy;
  /** Fields whose values make the Kafka key of an event, or the primary key of a row. May be empty for events. */
  readonly key: readonly string[];
  /** What makes a repeated event the same event; absent: what its sender says, else the door makes an id. */
  readonly identity?: Identity;
  /** What the door does for this stream beyond the usual; absent: nothing. */
  readonly ingest?: IngestSettings;
  /** The first of each property's `examples`, by field; absent when none has any. As JSON would have them. */
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Of an event stream. */
  readonly rejected?: RejectedPolicy;
  readonly warehouse?: Warehouse;
  /** Freshness objective: accepted or committed → queryable. */
  readonly latencyMs?: number;
  /** What its rows must be like; absent when nothing is said. */
  readonly quality?: readonly QualityRule[];
  readonly files: { readonly avsc: string; readonly odcs: string };
}
