import type { OdcsRule } from '../quality/build-check.ts';

/**
 * The parts of an ODCS 3.1 document that Millrace reads, as they stand after validation against the
 * standard's schema. The rest of the standard is allowed and kept in the file.
 */
export interface OdcsCustomProperty {
  readonly property: string;
  readonly value: unknown;
}

export interface OdcsProperty {
  readonly name?: string;
  readonly businessName?: string;
  readonly logicalType?: string;
  /** Read as the ClickHouse column type, where the derived one is not wanted. */
  readonly physicalType?: string;
  readonly required?: boolean;
  readonly unique?: boolean;
  readonly primaryKey?: boolean;
  /** From 1; -1 when it has none. */
  readonly primaryKeyPosition?: number;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly criticalDataElement?: boolean;
  readonly transformSourceObjects?: readonly string[];
  readonly relationships?: readonly { readonly to: string | readonly string[] }[];
  readonly transformLogic?: string;
  readonly transformDescription?: string;
  /** Values as a producer would send them; the first is shown in the docs of the API. */
  readonly examples?: readonly unknown[];
  /** Who may read the column: one of `classifications`. */
  readonly classification?: string;
  readonly quality?: readonly OdcsRule[];
  readonly customProperties?: readonly OdcsCustomProperty[];
}

export interface OdcsLink {
  readonly type: string;
  readonly url: string;
  readonly description?: string;
}

export interface OdcsTeam {
  readonly name?: string;
  readonly members?: readonly {
    readonly username: string;
    readonly name?: string;
    readonly role?: string;
    readonly dateOut?: string;
  }[];
}

export interface OdcsDocument {
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly name?: string;
  readonly domain?: string;
  readonly tags?: readonly string[];
  readonly description?: {
    readonly purpose?: string;
    readonly usage?: string;
    readonly limitations?: string;
    readonly authoritativeDefinitions?: readonly OdcsLink[];
  };
  readonly team?: OdcsTeam | readonly unknown[];
  readonly support?: readonly {
    readonly channel: string;
    readonly url?: string;
    readonly tool?: string;
    readonly description?: string;
  }[];
  readonly authoritativeDefinitions?: readonly OdcsLink[];
  readonly schema?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly tags?: readonly string[];
    readonly authoritativeDefinitions?: readonly OdcsLink[];
    readonly properties?: readonly OdcsProperty[];
    readonly quality?: readonly OdcsRule[];
  }[];
  readonly slaProperties?: readonly {
    readonly property: string;
    readonly value: unknown;
    readonly unit?: string;
  }[];
  readonly customProperties?: readonly OdcsCustomProperty[];
}

/** Name of the custom property that holds Millrace's own part. */
export const millraceProperty = 'millrace';
