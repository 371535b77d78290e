/** What pages are made of: contracts, what is known of transforms, and what somebody observed. Who observes is not known here. */
import type { Contract } from '@millrace/contracts';
import type { ConditionState, Participant } from '@millrace/operations';

export interface CatalogInput {
  readonly contracts: readonly Contract[];
  readonly transforms: readonly CatalogTransform[];
  /** Undefined for a contract that nobody looked at. */
  observed(id: string): Observation | undefined;
}

/** A transform as far as the catalog is concerned. */
export interface CatalogTransform {
  readonly name: string;
  /** Of its file. */
  readonly path: string;
  /** Text of its file, in which names of fields are looked for. */
  readonly text: string;
  readonly flows: readonly CatalogFlow[];
}

/** As `contractFlows` of @millrace/streams tells it. */
export interface CatalogFlow {
  readonly from: string;
  readonly to: string;
  readonly isSame: boolean;
  readonly fields?: readonly string[];
}

/** What was seen of one contract. Null: nobody could look. */
export interface Observation {
  readonly atMs: number;
  readonly condition: ConditionState;
  readonly lastEventMs: number | null;
  /** Of the raw table. */
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly versions: readonly ObservedVersion[] | null;
  readonly producers: readonly Seen[];
  /** Who may send, by the name of a key of the door. */
  readonly allowed: readonly string[];
  readonly consumers: readonly Seen[];
  readonly topicSettings: Readonly<Record<string, string>> | null;
  readonly tableSettings: Readonly<Record<string, string>> | null;
  /** From accepted or committed to queryable, ms. */
  readonly latencyP99Ms: number | null;
  readonly quality: {
    readonly rules: number;
    readonly passed: number;
    readonly failed: number;
    readonly lastMs: number | null;
  } | null;
}

export interface ObservedVersion {
  readonly version: number;
  readonly schemaId: number;
  readonly schemaText: string;
  readonly registeredMs: number | null;
}

export interface Seen {
  readonly name: string;
  readonly kind: Participant['kind'];
  readonly lastMs: number | null;
}
