import { type Classification, classifications } from '../access/classification.ts';
import {
  type CompatibilityLevel,
  compatibilityLevels,
  type IngestSettings,
  type NewFieldsPolicy,
  newFieldsPolicies,
  type RejectedPolicy,
  rejectedPolicies,
  type SchemaChangePolicy,
  schemaChangePolicies,
  type WarehouseRole,
  warehouseRoles,
} from '../contract.ts';

/**
 * Millrace's own part of an ODCS document: the custom property `millrace`, whose value has this shape.
 * Described as JSON Schema and checked like the standard's own part. docs/contract-format.md explains
 * each word.
 */
export interface MillraceSection {
  readonly source: {
    readonly kind: 'event' | 'change' | 'derived';
    readonly name?: string;
    readonly table?: string;
  };
  readonly key?: readonly string[];
  /** A field, several, or `content`. */
  readonly identity?: string | readonly string[];
  /** Of a contract that is to end: the id of the one to go to. */
  readonly replacedBy?: string;
  readonly ingest?: IngestSettings;
  readonly rejected?: RejectedPolicy;
  readonly compatibility?: CompatibilityLevel;
  readonly schemaChange?: SchemaChangePolicy;
  readonly topic?: {
    readonly partitions?: number;
    readonly replicationFactor?: number;
    readonly cleanup?: 'delete' | 'compact';
    readonly retention?: string;
  };
  readonly warehouse?: {
    readonly role: WarehouseRole;
    readonly name?: string;
    readonly orderBy?: readonly string[];
    readonly partitionBy?: string;
    readonly ttl?: string;
    readonly retention?: string;
    readonly newFields?: NewFieldsPolicy;
    readonly shardBy?: string;
    readonly indexes?: readonly {
      readonly column: string;
      readonly type: string;
      readonly granularity?: number;
    }[];
    readonly indexGranularity?: number;
    readonly history?: boolean | { before?: 'first' | 'none'; dictionary?: DictionarySection };
    readonly dictionary?: DictionarySection;
    readonly versionBy?: string;
    readonly dedup?: 'identity';
    readonly rollups?: readonly {
      readonly name: string;
      readonly by: Readonly<Record<string, string>>;
      readonly measures: Readonly<Record<string, string>>;
    }[];
    /** Always refused, with the reason. */
    readonly projections?: unknown;
    readonly access?: {
      readonly readers?: readonly {
        readonly role: string;
        readonly where?: string;
        readonly level?: Classification;
      }[];
    };
  };
}

export interface DictionarySection {
  readonly lifetime?: string;
  readonly credentials?: string;
}

/** Millrace's part of one property of the ODCS schema: its custom property `millrace`. */
export interface MillracePropertySection {
  readonly codec?: string;
  /** `low`: text of few values, kept as a dictionary. */
  readonly cardinality?: 'low';
  readonly mask?: string;
}

const names = { type: 'array', items: { type: 'string' }, uniqueItems: true } as const;
const closed = { type: 'object', additionalProperties: false } as const;
/** What an HTTP path, a topic and a table can carry without quoting. */
export const plainNamePattern = '^[a-z][a-z0-9_]*$';

const expressions = {
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: plainNamePattern },
  additionalProperties: { type: 'string' },
} as const;

const dictionary = {
  ...closed,
  properties: {
    lifetime: { type: 'string' },
    credentials: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  },
} as const;

export const millraceSectionSchema = {
  $schema: 'https://json-schema.org/draft/2019-09/schema',
  ...closed,
  required: ['source'],
  properties: {
    source: {
      ...closed,
      required: ['kind'],
      properties: {
        kind: { enum: ['event', 'change', 'derived'] },
        name: { type: 'string', pattern: plainNamePattern },
        table: { type: 'string', pattern: '^[^.]+\\.[^.]+$' },
      },
    },
    key: names,
    identity: { anyOf: [{ type: 'string' }, { ...names, minItems: 1 }] },
    ingest: {
      ...closed,
      dependentRequired: { burst: ['rate'] },
      properties: {
        rate: { type: 'number', exclusiveMinimum: 0 },
        burst: { type: 'number', minimum: 1 },
        keyRate: { type: 'number', minimum: 1 },
        spool: { type: 'boolean' },
      },
    },
    replacedBy: { type: 'string', pattern: '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$' },
    rejected: { enum: [...rejectedPolicies] },
    compatibility: {
      enum: [...compatibilityLevels],
    },
    schemaChange: {
      enum: [...schemaChangePolicies],
    },
    topic: {
      ...closed,
      properties: {
        partitions: { type: 'integer', minimum: 1, maximum: 10_000 },
        replicationFactor: { type: 'integer', minimum: 1, maximum: 32_767 },
        cleanup: { enum: ['delete', 'compact'] },
        retention: { type: 'string' },
      },
    },
    warehouse: {
      ...closed,
      required: ['role'],
      properties: {
        role: { enum: [...warehouseRoles] },
        name: { type: 'string', pattern: plainNamePattern },
        orderBy: { ...names, minItems: 1 },
        partitionBy: { type: 'string' },
        ttl: { type: 'string' },
        retention: { type: 'string' },
        shardBy: { type: 'string' },
        newFields: { enum: [...newFieldsPolicies] },
        indexes: {
          type: 'array',
          items: {
            ...closed,
            required: ['column', 'type'],
            properties: {
              column: { type: 'string' },
              type: { type: 'string' },
              granularity: { type: 'integer', minimum: 1, maximum: 10_000 },
            },
          },
        },
        indexGranularity: { type: 'integer', minimum: 64, maximum: 1_048_576 },
        history: {
          oneOf: [
            { type: 'boolean' },
            { ...closed, properties: { before: { enum: ['first', 'none'] }, dictionary } },
          ],
        },
        dictionary,
        versionBy: { type: 'string' },
        dedup: { enum: ['identity'] },
        rollups: {
          type: 'array',
          items: {
            ...closed,
            required: ['name', 'by', 'measures'],
            properties: {
              name: { type: 'string', pattern: plainNamePattern },
              by: expressions,
              measures: expressions,
            },
          },
        },
        projections: {},
        access: {
          ...closed,
          properties: {
            readers: {
              type: 'array',
              items: {
                ...closed,
                required: ['role'],
                properties: {
                  role: { type: 'string', pattern: plainNamePattern },
                  where: { type: 'string' },
                  level: { enum: [...classifications] },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;

export const millracePropertySchema = {
  $schema: 'https://json-schema.org/draft/2019-09/schema',
  ...closed,
  properties: {
    codec: { type: 'string' },
    cardinality: { enum: ['low'] },
    mask: { type: 'string' },
  },
} as const;
