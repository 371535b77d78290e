/**
 * Contracts joined with what is observed. `GET /api/v1/catalog?q=` answers a CatalogEntry each, `/api/v1/catalog/<id>` a
 * CatalogPage; what was not observed, or nobody could look at, is null. Without a service the same shapes are made of the
 * project's files alone.
 */
import type { ConditionState } from './severity.ts';

/** `GET /api/v1/catalog?q=`: with `q` the best match first, without by id. */
export interface CatalogList {
  readonly atMs: number;
  readonly entries: readonly CatalogEntry[];
}

export interface CatalogEntry {
  readonly id: string;
  /** The name for people; null where the contract gives none. */
  readonly title: string | null;
  readonly domain: string;
  readonly name: string;
  readonly version: string;
  readonly status: string;
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly source: 'event' | 'change' | 'derived';
  readonly role: 'fact' | 'dimension' | 'aggregate' | null;
  readonly topic: string;
  readonly view: string | null;
  /** The highest of its fields. */
  readonly classification: string;
  readonly condition: ConditionState;
  readonly lastEventMs: number | null;
  readonly rows: number | null;
  readonly bytes: number | null;
}

export interface CatalogField {
  readonly name: string;
  readonly businessName: string | null;
  readonly type: string;
  readonly column: string | null;
  readonly columnType: string | null;
  readonly required: boolean;
  readonly isKey: boolean;
  readonly isUnique: boolean;
  readonly isCritical: boolean;
  readonly tags: readonly string[];
  readonly classification: string;
  readonly description: string;
  readonly examples: readonly unknown[];
}

/**
 * Who sends or reads. `producer`: a CloudEvents source, or who holds a key of the door (then declared); `capture`, `transform`, `sink`: our services; `group`: a consumer group
 * that is none of ours; `query`: a user of ClickHouse.
 */
export interface Participant {
  readonly name: string;
  readonly kind: 'producer' | 'capture' | 'group' | 'transform' | 'sink' | 'query';
  /** Observed at work. */
  readonly seen: boolean;
  /** The project says so. */
  readonly declared: boolean;
  /** When it was last seen. */
  readonly lastMs: number | null;
}

/**
 * Data goes from one field to another; `field` null: from the dataset as a whole, where no finer knowledge is to be had. Datasets
 * are ids of contracts, `postgres:<source>.<schema>.<table>` and `clickhouse:<view>`.
 */
export interface LineageEdge {
  readonly from: { readonly dataset: string; readonly field: string | null };
  readonly to: { readonly dataset: string; readonly field: string | null };
  /** `cdc`, `sink`, `transform <name>`, `rollup`, `dictionary`, `contract` (what the contract says of itself). */
  readonly by: string;
}

export interface SchemaVersion {
  readonly version: number;
  readonly schemaId: number;
  readonly schema: unknown;
  /** Against the version before, one line each; empty for the first. */
  readonly changes: readonly SchemaChange[];
  /** When the service first saw it; null when it was there before. */
  readonly registeredMs: number | null;
}

export interface SchemaChange {
  /** A rule of `contracts check`, or `field-added`, `field-renamed`, `default-changed`, `doc-changed`, … */
  readonly rule: string;
  /** Empty for the record itself. */
  readonly field: string;
  readonly message: string;
  /** Readers of the one cannot read the other, under the stream's compatibility. */
  readonly breaking: boolean;
}

export interface CatalogPage extends CatalogEntry {
  /** When it was looked at; null for a page made of files alone. */
  readonly observedMs: number | null;
  readonly usage: string | null;
  readonly limitations: string | null;
  readonly contacts: readonly {
    readonly channel: string;
    readonly url: string | null;
    readonly description: string | null;
  }[];
  readonly members: readonly { readonly name: string; readonly role: string | null }[];
  readonly links: readonly {
    readonly type: string;
    readonly url: string;
    readonly description: string | null;
  }[];
  /** ISO dates, and the contract to go to; null when the contract does not end. */
  readonly ending: {
    readonly supportEnds: string | null;
    readonly ends: string | null;
    readonly replacedBy: string | null;
  } | null;
  readonly key: readonly string[];
  readonly compatibility: string;
  readonly files: { readonly avsc: string; readonly odcs: string };
  /** Rules of the contract and how they came out last; null where nobody judges them. */
  readonly quality: {
    readonly rules: number;
    readonly passed: number;
    readonly failed: number;
    readonly lastMs: number | null;
  } | null;
  readonly fields: readonly CatalogField[];
  readonly versions: readonly SchemaVersion[];
  readonly objectives: readonly {
    readonly name: string;
    readonly promised: string;
    readonly observed: string | null;
    readonly met: boolean | null;
  }[];
  readonly producers: readonly Participant[];
  readonly consumers: readonly Participant[];
  readonly lineage: readonly LineageEdge[];
  readonly topicSettings: Readonly<Record<string, string>>;
  readonly tableSettings: Readonly<Record<string, string>>;
  /** Ready to run. */
  readonly howToQuery: readonly {
    readonly title: string;
    readonly language: string;
    readonly text: string;
  }[];
}

/** `GET /api/v1/catalog/<id>/sample`: newest rows, classified columns masked. */
export interface CatalogSample {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly masked: readonly string[];
}

/**
 * `GET /api/v1/catalog/<id>/files?version=`: the contract's files as the project has them; with `version` the record is that of a
 * registered version, and the contract stays. What a proposal begins with.
 */
export interface CatalogFiles {
  /** Paths from the project's root. */
  readonly avsc: { readonly path: string; readonly text: string };
  /** Null where the platform brings the contract itself. */
  readonly odcs: { readonly path: string; readonly text: string } | null;
}

/** `POST /api/v1/catalog/impact`: who would notice, were these contract files put in place. */
export interface ImpactReport {
  readonly contracts: readonly {
    readonly contract: string;
    readonly changes: readonly SchemaChange[];
    readonly affected: readonly Participant[];
    /** Columns of the raw table that go, change their type, or stay without new values. */
    readonly columns: readonly string[];
    /** What else names what changes. */
    readonly objects: readonly ImpactObject[];
  }[];
  /** What is wrong with the files by themselves, as `contracts check` words it. */
  readonly problems: readonly string[];
}

export interface ImpactObject {
  readonly kind: 'view' | 'rollup' | 'dictionary' | 'transform' | 'stream' | 'rule' | 'reader';
  readonly name: string;
  readonly why: string;
}

/** `POST /api/v1/catalog/impact`: the project with these files in place of its own. */
export interface ImpactRequest {
  /** Paths from the project's root; `text` null takes the file away. */
  readonly files: readonly { readonly path: string; readonly text: string | null }[];
}
