/** Contracts joined with what is observed. `GET /api/v1/catalog?q=`, `/api/v1/catalog/<id>` and what hangs below it. */
import type { ConditionState } from './severity.ts';

export interface CatalogEntry {
  readonly id: string;
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
  readonly type: string;
  readonly column: string | null;
  readonly columnType: string | null;
  readonly required: boolean;
  readonly isKey: boolean;
  readonly classification: string;
  readonly description: string;
  readonly examples: readonly unknown[];
}

/** Who was seen, not who was declared: `seen` tells the difference. */
export interface Participant {
  readonly name: string;
  readonly kind: 'producer' | 'group' | 'transform' | 'sink' | 'query';
  readonly seen: boolean;
  readonly declared: boolean;
  readonly lastMs: number | null;
}

export interface LineageEdge {
  readonly from: { readonly dataset: string; readonly field: string | null };
  readonly to: { readonly dataset: string; readonly field: string | null };
  readonly by: string;
}

export interface SchemaVersion {
  readonly version: number;
  readonly schemaId: number;
  readonly schema: unknown;
  readonly changes: readonly string[];
  readonly registeredMs: number | null;
}

export interface CatalogPage extends CatalogEntry {
  readonly usage: string | null;
  readonly limitations: string | null;
  readonly contacts: readonly { readonly channel: string; readonly url: string }[];
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

/** `POST /api/v1/catalog/impact`: who would notice, were these contract files put in place. */
export interface ImpactReport {
  readonly contracts: readonly {
    readonly contract: string;
    readonly changes: readonly {
      readonly rule: string;
      readonly field: string;
      readonly message: string;
      readonly breaking: boolean;
    }[];
    readonly affected: readonly Participant[];
    readonly columns: readonly string[];
  }[];
}
