/** The form of a key and of a file of keys, as JSON Schema. What the words mean is ingest-key.ts. */
import { scopePattern } from './scope.ts';

const closed = { type: 'object', additionalProperties: false } as const;
const draft = { $schema: 'https://json-schema.org/draft/2019-09/schema' } as const;
const moment = { type: 'string', format: 'date-time' } as const;
const rate = { type: 'number', exclusiveMinimum: 0 } as const;

const key = {
  ...closed,
  required: ['id', 'name', 'scopes'],
  anyOf: [{ required: ['secrets'] }, { required: ['certificate'] }],
  properties: {
    id: { type: 'string', pattern: '^[a-z0-9]{4,32}$' },
    name: { type: 'string', minLength: 1, maxLength: 200 },
    scopes: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', pattern: scopePattern },
    },
    secrets: {
      type: 'array',
      minItems: 1,
      maxItems: 8,
      items: {
        ...closed,
        required: ['sha256'],
        properties: { sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' }, until: moment },
      },
    },
    certificate: { type: 'string', pattern: '^(CN=|DNS:|URI:|email:).+$' },
    limits: { ...closed, properties: { requests: rate, events: rate, bytes: rate } },
    eventsPerDay: { type: 'integer', minimum: 1 },
    notBefore: moment,
    notAfter: moment,
    origins: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', pattern: '^https?://[^/]+$' },
    },
    createdAt: moment,
    revokedAt: moment,
  },
} as const;

export const ingestKeySchema = { ...draft, ...key };

export const ingestKeysFileSchema = {
  ...draft,
  ...closed,
  required: ['keys'],
  properties: { keys: { type: 'array', items: key } },
} as const;
