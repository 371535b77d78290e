/**
 * `warehouse/access.yaml` of a project: who there is, and how much one of them may ask of the server. What roles may
 * read comes from the contracts. Passwords stand here as hashes only.
 */
export interface AccessLimits {
  /** Of one query, bytes. */
  readonly memoryBytes: number;
  readonly executionSeconds: number;
  readonly readRows: number;
  readonly resultRows: number;
  readonly threads: number;
  readonly concurrentQueries: number;
  readonly queriesPerHour: number;
  readonly readRowsPerHour: number;
  readonly executionSecondsPerHour: number;
}

export const defaultAccessLimits: AccessLimits = {
  memoryBytes: 4_000_000_000,
  executionSeconds: 60,
  readRows: 2_000_000_000,
  resultRows: 1_000_000,
  threads: 4,
  concurrentQueries: 8,
  queriesPerHour: 5_000,
  readRowsPerHour: 100_000_000_000,
  executionSecondsPerHour: 3_600,
};

export interface AccessUser {
  readonly name: string;
  /** Without `millrace_`: `analyst`, `reader_flights`, a contract's own. */
  readonly roles: readonly string[];
  /** Exactly one of the two: SHA-256, or SHA-1 twice (what a MySQL client needs), as hex. */
  readonly sha256?: string;
  readonly doubleSha1?: string;
  /** Networks that the user may come from; any when absent. */
  readonly from?: readonly string[];
}

export interface AccessFile {
  readonly limits: AccessLimits;
  readonly users: readonly AccessUser[];
}

const positive = { type: 'integer', minimum: 1 } as const;
const closed = { type: 'object', additionalProperties: false } as const;

export const accessFileSchema = {
  $schema: 'https://json-schema.org/draft/2019-09/schema',
  ...closed,
  properties: {
    limits: {
      ...closed,
      properties: Object.fromEntries(
        Object.keys(defaultAccessLimits).map((word) => [word, positive]),
      ),
    },
    users: {
      type: 'array',
      items: {
        ...closed,
        required: ['name', 'roles'],
        oneOf: [{ required: ['sha256'] }, { required: ['doubleSha1'] }],
        properties: {
          // an element's name in users.xml
          name: { type: 'string', pattern: '^[a-z][a-z0-9_.-]*$' },
          roles: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' } },
          sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          doubleSha1: { type: 'string', pattern: '^[0-9a-f]{40}$' },
          from: {
            type: 'array',
            minItems: 1,
            items: { type: 'string', pattern: '^[0-9a-f.:/]+$' },
          },
        },
      },
    },
  },
} as const;
