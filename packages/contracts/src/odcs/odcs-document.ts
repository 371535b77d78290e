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
  readonly logicalType?: string;
  /** Read as the ClickHouse column type, where the derived one is not wanted. */
  readonly physicalType?: string;
  readonly required?: boolean;
  readonly description?: string;
  /** Values as a producer would send them; the first is shown in the docs of the API. */
  readonly examples?: readonly unknown[];
  /** Who may read the column: one of `classifications`. */
  readonly classification?: string;
  readonly customProperties?: readonly OdcsCustomProperty[];
}

export interface OdcsDocument {
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly name?: string;
  readonly domain?: string;
  readonly description?: { readonly purpose?: string };
  readonly team?: { readonly name?: string } | readonly unknown[];
  readonly schema?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly properties?: readonly OdcsProperty[];
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
